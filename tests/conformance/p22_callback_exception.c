/* A callback that fails stops nothing: the error handler is told; when that fails too, stderr has both. */
#include "words.h"

static const struct error_word ERRORS[] = { { -EINVAL, "ValueError('one')" },
                                            { -EIO, "ValueError('two')" },
                                            { -EPERM, "ValueError('three')" } };
static struct loop *loop;
static int log_end; /* what goes to stderr can be read here */

/* Prints the first line of what was said on stderr, up to its '(' and without what follows the callback's name. */
static void print_log(void)
{
    char text[2048];
    ssize_t n = read(log_end, text, sizeof text - 1);
    if (n <= 0)
        return;
    text[n] = '\0';
    char *line = strncmp(text, "loop: ", 6) == 0 ? text + 6 : text;
    line[strcspn(line, "(:\n")] = '\0';
    size_t end = strlen(line);
    while (end > 0 && line[end - 1] == ' ')
        line[--end] = '\0';
    printf("LOG ERROR %s\n", line);
}

static void tell(void *text)
{
    print_log();
    puts(text);
}

static void boom(void *error)
{
    call_failed(*(int *)error);
}

static int handler(struct loop *l, const struct loop_error *error, void *unused)
{
    (void)l;
    (void)unused;
    printf("handler: %s | %s\n", error->message, error_word(ERRORS, error->error));
    return 0;
}

static int bad_handler(struct loop *l, const struct loop_error *error, void *unused)
{
    (void)l;
    (void)error;
    (void)unused;
    return -EFAULT;
}

static void set_bad_handler(void *unused)
{
    (void)unused;
    loop_set_error_handler(loop, bad_handler, NULL);
}

static void unset_handler(void *unused)
{
    (void)unused;
    loop_set_error_handler(loop, NULL, NULL);
}

int main(void)
{
    static int one = -EINVAL, two = -EIO, three = -EPERM;
    int ends[2];
    if (pipe(ends) < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 || dup2(ends[1], 2) < 0)
        return 1;
    log_end = ends[0];
    loop = loop_new();
    loop_set_error_handler(loop, handler, NULL);
    loop_call_soon(loop, boom, &one);
    loop_call_soon(loop, tell, "next callback of the batch runs");
    loop_call_soon(loop, set_bad_handler, NULL);
    loop_call_soon(loop, boom, &two);
    loop_call_soon(loop, tell, "and the loop goes on");
    loop_call_soon(loop, unset_handler, NULL);
    loop_call_soon(loop, boom, &three);
    loop_call_soon(loop, stop, loop);
    loop_run_forever(loop);
    print_log();
    printf("get_exception_handler: %s\n", loop_error_handler(loop) == NULL ? "None" : "some");
    return loop_close(loop);
}
