/* A reader runs again in each turn while something is left to read; adding again replaces; removing tells. */
#include "words.h"

#include <sys/socket.h>

static struct loop *loop;
static int r, w, n_got;

static void writable(void *unused)
{
    (void)unused;
    bool first = loop_remove_writer(loop, w);
    printf("writable; remove_writer -> %s %s\n", yes(first), yes(loop_remove_writer(loop, w)));
    loop_stop(loop);
}

static void quiet(void *unused)
{
    (void)unused;
    bool first = loop_remove_reader(loop, r);
    printf("no more calls; remove_reader -> %s %s\n", yes(first), yes(loop_remove_reader(loop, r)));
    loop_stop(loop);
}

static void one_byte(void *label)
{
    char byte;
    ssize_t n = recv(r, &byte, 1, MSG_DONTWAIT);
    printf("%s %s\n", (const char *)label, bytes(&byte, n < 0 ? 0 : (size_t)n));
    if (++n_got == 3)
        loop_call_later(loop, 0.02, quiet, NULL);
}

int main(void)
{
    int ends[2];
    loop = loop_new();
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return 1;
    r = ends[0];
    w = ends[1];
    loop_add_writer(loop, w, say, "must not run");
    loop_add_writer(loop, w, writable, NULL);
    loop_run_forever(loop);
    loop_add_reader(loop, r, one_byte, "must not run");
    loop_add_reader(loop, r, one_byte, "reader");
    if (send(w, "abc", 3, 0) != 3)
        return 1;
    loop_run_forever(loop);
    close(r);
    close(w);
    return loop_close(loop);
}
