/* Misconception: the first failure is the end. Page 3 is not waited for. */
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
    struct task *tasks[4];
    for (intptr_t page = 1; page <= 3; page++)
        tasks[page] = task_create(fetch, (void *)page);
    for (int page = 1; page <= 3; page++) {
        int result = await(task_join(tasks[page]));
        if (result < 0) {
            printf("page %d failed: %s\n", page, strerror(-result));
            return 1;
        }
    }
    return 0;
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL);
}
