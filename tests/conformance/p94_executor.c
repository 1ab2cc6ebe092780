/* What blocks runs in another thread while the loop goes on; its result or error comes to the await. */
#include "words.h"

#include <pthread.h>

static pthread_t home;

/* A gate that only the loop's thread opens. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool open, fail;
};

static int blocking(void *arg)
{
    struct gate *gate = arg;
    pthread_mutex_lock(&gate->lock);
    while (!gate->open)
        pthread_cond_wait(&gate->opened, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
    return gate->fail ? -EINVAL : !pthread_equal(home, pthread_self());
}

static void open_gate(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->open = true;
    pthread_cond_signal(&gate->opened);
    pthread_mutex_unlock(&gate->lock);
}

static int add(void *numbers)
{
    const int *n = numbers;
    return n[0] + n[1];
}

static int be_main(void *unused)
{
    int numbers[] = { 40, 2 };
    (void)unused;
    home = pthread_self();
    for (int i = 0; i < 2; i++) {
        struct gate gate = { .lock = PTHREAD_MUTEX_INITIALIZER,
                             .opened = PTHREAD_COND_INITIALIZER,
                             .fail = i == 1 };
        struct future *f = loop_run_in_executor(loop_current(), blocking, &gate);
        if (f == NULL)
            return -errno;
        await(task_sleep(0.01));
        printf("loop is alive; done: %s\n", yes(future_is_done(f)));
        open_gate(&gate);
        int r = await(future_wait(f));
        if (r == -EINVAL)
            printf("raised from the thread in the main thread: %s\n",
                   yes(pthread_equal(home, pthread_self())));
        else
            printf("ran in another thread: %s\n", yes(r == 1));
        future_release(f);
    }
    printf("to_thread -> %d\n", await(to_thread(add, numbers)));
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}
