/* Exercise 10: nobody is forgotten.
 *
 * One of three fetches fails unseen, another one is not waited for. Change amain(): every page that can be
 * fetched is fetched, a failure is told ("page 2 failed: ..."), and amain() answers 1 if there was one.
 */
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
    for (intptr_t page = 1; page <= 3; page++)
        task_release(task_create(fetch, (void *)page));
    if (await(task_sleep(1.2)) < 0) /* long enough */
        return -ECANCELED;
    puts("all done");
    return 0;
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL);
}
