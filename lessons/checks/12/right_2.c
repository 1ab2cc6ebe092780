/* Reads until there is nothing now, or the end. */
#include "lesson.h"

#include <fcntl.h>
#include <unistd.h>

struct reader {
    const char *name;
    int fd;
    bool at_end;
};

static void take(void *arg)
{
    struct reader *reader = arg;
    char letters[16];
    ssize_t n;
    while ((n = read(reader->fd, letters, sizeof letters)) > 0)
        for (ssize_t i = 0; i < n; i++)
            printf("%s got %c\n", reader->name, letters[i]);
    if (n < 0)
        return; /* nothing now */
    printf("%s is at the end\n", reader->name);
    reader->at_end = true;
    loop_remove_reader(loop_current(), reader->fd);
}

static int amain(void *unused)
{
    struct loop *loop = loop_current();
    int ends[2];
    (void)unused;
    if (pipe(ends) < 0)
        return -errno;
    struct reader ann = { "ann", ends[0], false }, bob = { "bob", dup(ends[0]), false };
    fcntl(ends[0], F_SETFL, O_NONBLOCK); /* of the pipe's end: bob's number is for the same one */
    loop_add_reader(loop, ann.fd, take, &ann);
    loop_add_reader(loop, bob.fd, take, &bob);
    for (int i = 1; i <= 3; i++) {
        if (await(task_sleep(1.0)) < 0 || write(ends[1], &"abc"[i - 1], 1) != 1)
            return -ECANCELED;
    }
    if (await(task_sleep(1.0)) < 0)
        return -ECANCELED;
    close(ends[1]); /* the end, for whoever reads */
    if (await(task_sleep(1.0)) < 0)
        return -ECANCELED;
    return !ann.at_end || !bob.at_end;
}

int main(void)
{
    lesson_begin();
    return loop_run(amain, NULL);
}
