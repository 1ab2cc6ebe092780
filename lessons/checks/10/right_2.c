/* gather() with the errors among the results. */
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
    struct future *pages[3];
    int results[3];
    for (intptr_t i = 0; i < 3; i++)
        pages[i] = task_as_future(task_create(fetch, (void *)(i + 1)));
    if (await(gather(pages, 3, results, true)) < 0)
        return -ECANCELED;
    int failures = 0;
    for (int i = 0; i < 3; i++)
        if (results[i] < 0)
            failures += printf("page %d failed: %s\n", i + 1, strerror(-results[i])) > 0;
    return failures > 0;
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL);
}
