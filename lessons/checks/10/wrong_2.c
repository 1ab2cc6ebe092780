/* Misconception: a group is always right. It cancels two fetches that had done nothing wrong. */
#include "lesson.h"

/* Fetches a page: 1 takes 1 s, 3 takes 1.5 s, and 2 fails after 0.5 s. */
static int fetch(void *arg)
{
    static const double takes[] = { 0, 1.0, 0.5, 1.5 };
    int page = (int)(intptr_t)arg;
    if (await(task_sleep(takes[page])) < 0)
        return -ECANCELED;
    if (page == 2)
        return -EIO;
    printf("page %d fetched\n", page);
    return 0;
}

static int amain(void *unused)
{
    (void)unused;
    struct group *group = group_open();
    for (intptr_t page = 1; page <= 3; page++)
        group_create_task(group, fetch, (void *)page);
    int err = await(group_close(group, 0, NULL, NULL));
    if (err < 0)
        printf("page 2 failed: %s\n", strerror(-err));
    return err < 0;
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL);
}
