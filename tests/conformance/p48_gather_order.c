/* gather begins and answers in the order of its arguments, whoever is done first; one given twice runs once. */
#include "words.h"

#include <ctype.h>

struct work {
    const char *name;
    double delay;
    int result;
};

static struct work works[] = {
    { "slow", 0.06, 0 }, { "fast", 0.01, 1 }, { "mid", 0.03, 2 }, { "dup", 0, 3 }
};

static int work(void *arg)
{
    const struct work *w = arg;
    printf("start %s\n", w->name);
    int r = await(task_sleep(w->delay));
    printf("end %s\n", w->name);
    return r < 0 ? r : w->result;
}

static void print_results(const int *results, size_t n)
{
    printf("[");
    for (size_t i = 0; i < n; i++) {
        printf("%s'", i > 0 ? ", " : "");
        for (const char *c = works[results[i]].name; *c != '\0'; c++)
            putchar(toupper((unsigned char)*c));
        putchar('\'');
    }
    puts("]");
}

static int be_main(void *unused)
{
    struct future *all[3];
    int results[3];
    (void)unused;
    for (int i = 0; i < 3; i++)
        all[i] = task_as_future(task_create(work, &works[i]));
    if (await(gather(all, 3, results, false)) == 0)
        print_results(results, 3);
    all[0] = all[1] = task_as_future(task_create(work, &works[3]));
    if (await(gather(all, 2, results, false)) == 0)
        print_results(results, 2);
    if (await(gather(NULL, 0, NULL, false)) == 0)
        print_results(NULL, 0);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}
