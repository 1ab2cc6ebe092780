/* What the loop sets on its sockets; and a port that is in use is refused at once. */
#include "words.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "inside.h" /* the backlog */

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t length = sizeof value;
    getsockopt(fd, level, name, &value, &length);
    return value != 0; /* some systems answer the option's bit */
}

/* Python's words: no timeout is what a non-blocking socket has. */
static const char *timeout(int fd)
{
    return (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 ? "0" : "None";
}

static const char *inheritable(int fd)
{
    return yes((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0);
}

static int greet(struct conn *conn, void *unused)
{
    int fd = conn_fd(conn);
    (void)unused;
    printf("accepted: nodelay %d timeout %s inheritable %s\n", option(fd, IPPROTO_TCP, TCP_NODELAY),
           timeout(fd), inheritable(fd));
    conn_close(conn);
    return 0;
}

static int be_main(void *unused)
{
    char text[16];
    struct conn *conn;
    (void)unused;
    struct server *server = server_start("127.0.0.1", 0, greet, NULL);
    if (server == NULL)
        return -errno;
    int fd = server_fd(server, 0);
    printf("listening: reuseaddr %d timeout %s inheritable %s\n",
           option(fd, SOL_SOCKET, SO_REUSEADDR), timeout(fd), inheritable(fd));
    if (server_start("127.0.0.1", server_port(server), greet, NULL) == NULL && errno == EADDRINUSE)
        puts("second bind: EADDRINUSE");
    int r = await(conn_open("127.0.0.1", server_port(server), &conn));
    if (r < 0)
        return r;
    read_all(conn, text, sizeof text);
    fd = conn_fd(conn);
    printf("connected: nodelay %d timeout %s\n", option(fd, IPPROTO_TCP, TCP_NODELAY), timeout(fd));
    conn_release(conn);
    server_close(server);
    printf("default backlog %d\n", server->backlog);
    return 0;
}

int main(void)
{
    return loop_run(be_main, NULL);
}
