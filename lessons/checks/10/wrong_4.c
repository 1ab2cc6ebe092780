/* Misconception: one after the other is the same. It takes twice as long. */
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
    int failures = 0;
    for (intptr_t page = 1; page <= 3; page++) {
        struct task *task = task_create(fetch, (void *)page);
        int result = await(task_join(task));
        task_release(task);
        if (result < 0) {
            printf("page %d failed: %s\n", (int)page, strerror(-result));
            failures++;
        }
    }
    return failures > 0;
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL);
}
