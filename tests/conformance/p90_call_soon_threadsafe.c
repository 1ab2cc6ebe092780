/* Another thread wakes a loop that waits; its callbacks run in the loop's thread, in order; and it can wait for a task. */
#include "words.h"

#include <pthread.h>

static struct loop *loop;
static pthread_t home;
static struct event *ev;
static char order[128];

static void set(void *event)
{
    event_set(event);
}

static void note(void *number)
{
    int i = *(int *)number;
    sprintf(order + strlen(order), "%s(%d, %s)", i > 0 ? ", " : "", i,
            yes(pthread_equal(home, pthread_self())));
    if (i == 4)
        event_set(ev);
}

static void *call_five(void *unused)
{
    static int numbers[] = { 0, 1, 2, 3, 4 };
    for (size_t i = 0; i < COUNT(numbers); i++)
        loop_call_soon_threadsafe(loop, note, &numbers[i]);
    return unused;
}

/* ---- a thread that asks for a task's result */

struct question {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    int x, result;
    bool done;
};

static int doubled(void *arg)
{
    const struct question *q = arg;
    int r = await(task_yield());
    return r < 0 ? r : q->x < 0 ? -EINVAL : 2 * q->x;
}

static void answer(struct task *task, void *arg)
{
    struct question *q = arg;
    pthread_mutex_lock(&q->lock);
    q->result = task_result(task);
    q->done = true;
    pthread_cond_signal(&q->answered);
    pthread_mutex_unlock(&q->lock);
}

static void start(void *question)
{
    task_add_done_callback(task_create(doubled, question), answer, question);
}

static int ask(int x)
{
    struct question q = { .lock = PTHREAD_MUTEX_INITIALIZER,
                          .answered = PTHREAD_COND_INITIALIZER,
                          .x = x };
    loop_call_soon_threadsafe(loop, start, &q);
    pthread_mutex_lock(&q.lock);
    while (!q.done)
        pthread_cond_wait(&q.answered, &q.lock);
    pthread_mutex_unlock(&q.lock);
    return q.result;
}

static void *ask_two(void *answers)
{
    int *to = answers;
    to[0] = ask(21);
    to[1] = ask(-1);
    loop_call_soon_threadsafe(loop, set, ev);
    return NULL;
}

static int be_main(void *unused)
{
    pthread_t thread;
    int answers[2];
    (void)unused;
    loop = loop_current();
    home = pthread_self();
    ev = event_new();
    if (pthread_create(&thread, NULL, call_five, NULL) != 0)
        return -EAGAIN;
    await(event_wait(ev));
    pthread_join(thread, NULL);
    printf("[%s]\n", order);
    event_clear(ev);
    if (pthread_create(&thread, NULL, ask_two, answers) != 0)
        return -EAGAIN;
    await(event_wait(ev));
    pthread_join(thread, NULL);
    printf("[%d, %s]\n", answers[0],
           answers[1] == -EINVAL ? "\"ValueError('negative')\"" : "not refused");
    event_free(ev);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}
