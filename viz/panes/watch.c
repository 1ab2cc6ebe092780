/*
 * watch.c - what select() watches, and whose it is: servers, connections, the loop's wake-up fd
 *
 *     ● fd 5  read   server#2 listens on 127.0.0.1:8888, 12 accepted
 *       fd 7  read   conn#9 from 127.0.0.1:50312, connected, in 12 B, out 12 B
 *       fd 4  read   the loop's wake-up
 *
 * A dot marks the fds that the last select() found ready. Connections that nobody watches at the
 * moment stand below: they are open all the same.
 */
#include "pane.h"

#include <inttypes.h>

static struct server const *server_of(struct model const *model, int fd)
{
    for (struct server const *server = model->servers; server; server = server->next)
        if (server->fd == fd)
            return server;
    return NULL;
}

static struct conn const *conn_of(struct model const *model, int fd)
{
    for (struct conn const *conn = model->conns; conn; conn = conn->next)
        if (conn->fd == fd)
            return conn;
    return NULL;
}

static bool is_watched(struct model const *model, int fd)
{
    for (size_t i = 0; i < model->n_watches; i++)
        if (model->watches[i].fd == fd)
            return true;
    return false;
}

static bool is_ready(struct select_call const *call, struct watch const *watch)
{
    int const *fds = watch->write ? call->write_fds : call->read_fds;
    size_t count = watch->write ? call->n_write_fds : call->n_read_fds;

    if (call->inside)
        return false;
    for (size_t i = 0; i < count; i++)
        if (fds[i] == watch->fd)
            return true;
    return false;
}

static void say_server(struct say *say, struct server const *server)
{
    say_clean(say, str_slice(&server->id), 16);
    say_add(say, " on ");
    say_clean(say, str_slice(&server->addr), 40);
    say_f(say, ", %" PRIu64 " accepted", server->accepted);
}

static void say_conn(struct say *say, struct conn const *conn)
{
    say_clean(say, str_slice(&conn->id), 16);
    say_add(say, " ");
    say_clean(say, str_slice(&conn->state), 12);
    say_f(say, " in %" PRIu64 " out %" PRIu64, conn->in, conn->out);
    if (conn->queued)
        say_f(say, " queued %" PRIu64, conn->queued);
    if (conn->peer.len) {
        say_add(say, ", ");
        say_clean(say, str_slice(&conn->peer), 40);
    }
}

static void draw_watch(struct box box, int row, struct watch const *watch,
                       struct model const *model)
{
    bool ready = is_ready(&model->select, watch);
    struct server const *server = server_of(model, watch->fd);
    struct conn const *conn = server ? NULL : conn_of(model, watch->fd);
    char text[256];
    struct say say;

    say_init(&say, text, sizeof(text));
    if (server)
        say_server(&say, server);
    else if (conn)
        say_conn(&say, conn);
    else if (str_is(&watch->who, slice_of("loop")))
        say_add(&say, "the loop's wake-up");
    else {
        say_add(&say, "for ");
        say_clean(&say, str_slice(&watch->who), 40);
    }
    if (ready)
        box_glyph(box, row, 0, STYLE_READY, 0x25cf);
    box_printf(box, row, 1, ready ? STYLE_READY : STYLE_PLAIN, "fd %-2d %-5s", watch->fd,
               watch->write ? "write" : "read");
    box_text(box, row, 13, STYLE_PLAIN, text);
}

static void draw_unwatched(struct box box, int row, int fd, struct say const *say)
{
    box_printf(box, row, 1, STYLE_FAINT, "fd %-2d %-5s", fd, "-");
    box_text(box, row, 13, STYLE_FAINT, say->at);
}

void pane_watch(struct box box, struct scene const *scene)
{
    struct model const *model = scene->model;
    int length = pane_length(PANE_WATCH, scene), index = 0, row = 0;
    int first = pane_first(PANE_WATCH, scene, length, box.rows);
    char text[256];
    struct say say;

    for (size_t i = 0; i < model->n_watches && row < box.rows; i++)
        if (index++ >= first)
            draw_watch(box, row++, &model->watches[i], model);
    for (struct conn const *conn = model->conns; conn && row < box.rows; conn = conn->next) {
        if (is_watched(model, conn->fd) || index++ < first)
            continue;
        say_init(&say, text, sizeof(text));
        say_conn(&say, conn);
        draw_unwatched(box, row++, conn->fd, &say);
    }
    for (struct server const *server = model->servers; server && row < box.rows;
         server = server->next) {
        if (is_watched(model, server->fd) || index++ < first)
            continue;
        say_init(&say, text, sizeof(text));
        say_server(&say, server);
        draw_unwatched(box, row++, server->fd, &say);
    }
    pane_more(box, (int)model->n_watches - first - box.rows);
    if (row == 0)
        box_text(box, 0, 1, STYLE_FAINT, "(nothing)");
}
