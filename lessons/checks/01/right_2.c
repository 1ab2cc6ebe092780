/* A task group with both hearts, one function for both: main only waits for them. */
#include "lesson.h"

struct heart {
    double pace;
    const char *word;
};

static int beat(void *arg)
{
    const struct heart *heart = arg;
    while (await(task_sleep(heart->pace)) == 0)
        puts(heart->word);
    return -ECANCELED;
}

static int both(void *unused)
{
    (void)unused;
    struct heart slow = { 1.0, "Running..." }, fast = { 0.4, "Tick" };
    struct group *group = group_open();
    if (group == NULL)
        return -errno;
    group_create_task(group, beat, &slow);
    group_create_task(group, beat, &fast);
    return await(group_close(group, 0, NULL, NULL));
}

int main(void)
{
    lesson_begin();
    return loop_run(both, NULL);
}
