/* Children: fed, read line by line or as a whole, waited for; one that does not exist is refused at once. */
#include "words.h"

#define SHELL(command) ((const char *const[]){ "sh", "-c", command, NULL })
#define CAT ((const char *const[]){ "cat", NULL })

/* Python's (stdout, stderr) of communicate(). */
static void print_all(struct process *p, const char *input, unsigned wanted)
{
    struct process_output out = { NULL, 0 }, err = { NULL, 0 };
    int r = await(process_communicate(p, input, input == NULL ? 0 : strlen(input), &out,
                                      (wanted & PROCESS_STDERR) != 0 ? &err : NULL));
    if (r < 0)
        return;
    printf("(%s, %s) returncode %d\n", bytes(out.bytes, out.size),
           err.bytes == NULL ? "None" : bytes(err.bytes, err.size), process_returncode(p));
    free(out.bytes);
    free(err.bytes);
    process_release(p);
}

static int line_by_line(void)
{
    static const char *const WORDS[] = { "one", "two" };
    char line[64];
    struct process *p = process_start(SHELL("while read x; do echo \"<$x>\"; done"),
                                      PROCESS_STDIN | PROCESS_STDOUT);
    if (p == NULL)
        return -errno;
    for (size_t i = 0; i < COUNT(WORDS); i++) {
        conn_printf(process_stdin(p), "%s\n", WORDS[i]);
        ssize_t n = await(conn_readline(process_stdout(p), line, sizeof line));
        puts(bytes(line, n < 0 ? 0 : (size_t)n));
    }
    conn_close(process_stdin(p));
    ssize_t n = read_all(process_stdout(p), line, sizeof line);
    await(process_wait(p));
    printf("rest %s returncode %d\n", bytes(line, n < 0 ? 0 : (size_t)n), process_returncode(p));
    process_release(p);
    return 0;
}

static int a_megabyte(void)
{
    enum { SIZE = 1000000 };
    struct process_output out = { NULL, 0 };
    char *big = malloc(SIZE);
    struct process *p = process_start(CAT, PROCESS_STDIN | PROCESS_STDOUT);
    if (p == NULL || big == NULL)
        return -errno;
    memset(big, 'x', SIZE);
    int r = await(process_communicate(p, big, SIZE, &out, NULL));
    printf("1 MB through cat without deadlock: %s\n",
           yes(r == 0 && out.size == SIZE && memcmp(out.bytes, big, SIZE) == 0));
    free(out.bytes);
    free(big);
    process_release(p);
    return r;
}

static int be_main(void *unused)
{
    (void)unused;
    unsigned both = PROCESS_STDOUT | PROCESS_STDERR;
    struct process *p = process_start(SHELL("echo out; echo err >&2; exit 3"), both);
    if (p == NULL)
        return -errno;
    print_all(p, NULL, both);
    p = process_start(CAT, PROCESS_STDIN | PROCESS_STDOUT);
    if (p == NULL)
        return -errno;
    printf("running: %s\n", yes(process_returncode(p) == PROCESS_RUNNING));
    print_all(p, "through cat", PROCESS_STDIN | PROCESS_STDOUT);
    int r = line_by_line();
    if (r == 0)
        r = a_megabyte();
    p = process_start(SHELL("exit 7"), 0);
    if (r < 0 || p == NULL)
        return r < 0 ? r : -errno;
    await(process_wait(p));
    printf("shell returncode %d\n", process_returncode(p));
    process_release(p);
    if (process_start((const char *const[]){ "/no/such/program", NULL }, 0) == NULL)
        printf("FileNotFoundError %d\n", errno);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}
