/* Names of tasks, the running task, and all that are not done.  Tasks here are named for their functions and numbered
 * by their ids; this program names its own as asyncio would. */
#include "words.h"

static int n_named;

static struct task *named(struct task *task)
{
    char name[32];
    snprintf(name, sizeof name, "Task-%d", ++n_named);
    task_set_name(task, name);
    return task;
}

static int child(void *unused)
{
    (void)unused;
    printf("in child: %s\n", task_name(task_current()));
    return 0;
}

static void callback(void *unused)
{
    (void)unused;
    printf("in callback: %s\n", task_current() == NULL ? "None" : task_name(task_current()));
}

static void print_all(void)
{
    struct task *tasks[8];
    const char *names[8];
    size_t n = loop_all_tasks(loop_current(), tasks, 8);
    for (size_t i = 0; i < n; i++)
        names[i] = task_name(tasks[i]);
    qsort(names, n, sizeof *names, by_text);
    printf("all: [");
    for (size_t i = 0; i < n; i++)
        printf("%s'%s'", i > 0 ? ", " : "", names[i]);
    puts("]");
}

static int be_main(void *unused)
{
    (void)unused;
    named(task_current());
    printf("in main: %s\n", task_name(task_current()));
    struct task *a = named(task_create(child, NULL));
    struct task *c = named(loop_create_task(loop_current(), child, NULL));
    struct task *b = task_create(child, NULL);
    task_set_name(b, "bob");
    printf("%s %s %s\n", task_name(a), task_name(c), task_name(b));
    task_set_name(c, "carol");
    loop_call_soon(loop_current(), callback, NULL);
    print_all();
    await(task_yield());
    print_all();
    printf("back in main: %s\n", task_name(task_current()));
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}
