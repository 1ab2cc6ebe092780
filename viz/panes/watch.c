/*
 * watch.c - what select() watches, and whose it is: servers, connections, the loop's wake-up fd
 *
 *     ● fd 5  read   server#2 listens on 127.0.0.1:8888, 12 accepted
 *       fd 7  read   conn#9 from 127.0.0.1:50312, connected, in 12 B, out 12 B
 *       fd 4  read   the loop's wake-up
 *
 * With more room it is the table that select() itself is given, a row a descriptor: which sets it is
 * in, and in which of the sets that came back.
 *
 *     nfds 6: select() looks through fds 0 to 5
 *     fd  read   write  whose
 *      5  ●      ·      server#2 on 127.0.0.1:8888         ● found ready   ○ watched   · not watched
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
    return model_watch(model, fd, false) || model_watch(model, fd, true);
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

static void say_whose(struct say *say, struct watch const *watch, struct model const *model)
{
    struct server const *server = server_of(model, watch->fd);
    struct conn const *conn = server ? NULL : conn_of(model, watch->fd);

    if (server)
        say_server(say, server);
    else if (conn)
        say_conn(say, conn);
    else if (str_is(&watch->who, slice_of("loop")))
        say_add(say, "the loop's wake-up");
    else {
        say_add(say, "for ");
        say_clean(say, str_slice(&watch->who), 40);
    }
}

static void draw_watch(struct box box, int row, struct watch const *watch,
                       struct model const *model)
{
    bool ready = is_ready(&model->select, watch);
    char text[256];
    struct say say;
    int col;

    say_init(&say, text, sizeof(text));
    say_whose(&say, watch, model);
    if (ready)
        box_glyph(box, row, 0, STYLE_READY, 0x25cf);
    col = box_printf(box, row, 2, ready ? STYLE_READY : STYLE_PLAIN, "fd %-2d %-5s ", watch->fd,
                     watch->write ? "write" : "read");
    box_text(box, row, col, STYLE_PLAIN, text);
}

static void draw_unwatched(struct box box, int row, int fd, struct say const *say)
{
    int col = box_printf(box, row, 2, STYLE_FAINT, "fd %-2d %-5s ", fd, "-");

    box_text(box, row, col, STYLE_FAINT, say->at);
}

/* ---- as a table ----------------------------------------------------------------------------- */

/* What stands in one of the sets for a descriptor. */
static void draw_mark(struct box box, int row, int col, struct watch const *watch,
                      struct model const *model)
{
    bool ready = watch && is_ready(&model->select, watch);

    if (ready)
        box_text(box, row, col, STYLE_READY, "\xe2\x97\x8f ready");
    else
        box_text(box, row, col, watch ? STYLE_PLAIN : STYLE_FAINT,
                 watch ? "\xe2\x97\x8b" : "\xc2\xb7");
}

static void draw_sets(struct box box, int row, struct watch const *watch, struct model const *model)
{
    char text[256];
    struct say say;

    say_init(&say, text, sizeof(text));
    say_whose(&say, watch, model);
    box_printf(box, row, 1, STYLE_STRONG, "%4d", watch->fd);
    draw_mark(box, row, 7, model_watch(model, watch->fd, false), model);
    draw_mark(box, row, 15, model_watch(model, watch->fd, true), model);
    box_text(box, row, 23, STYLE_PLAIN, text);
}

/* How far the last call looks; answers the rows taken. */
static int draw_nfds(struct box box, struct select_call const *call)
{
    if (call->nfds == 0 || box.rows < 5)
        return 0;
    box_printf(box, 0, 1, STYLE_STRONG,
               "nfds %" PRIu64 ": select() looks through fds 0 to %" PRIu64, call->nfds,
               call->nfds - 1);
    return 1;
}

void pane_select_sets(struct box box, struct scene const *scene)
{
    struct model const *model = scene->model;
    int skip = scene->view->scroll[PANE_WATCH], row = draw_nfds(box, &model->select), first;

    box_text(box, row++, 3, STYLE_FAINT, "fd read    write   whose");
    first = row;
    for (size_t i = 0; i < model->n_watches && row < box.rows; i++) {
        struct watch const *watch = &model->watches[i];

        if (i > 0 && watch->fd == model->watches[i - 1].fd)
            continue; /* its row stands already */
        if (skip-- <= 0)
            draw_sets(box, row++, watch, model);
    }
    if (row == first)
        box_text(box, row, 1, STYLE_FAINT, "(nothing is watched)");
    else if (row < box.rows)
        box_text(box, row, 1, STYLE_FAINT, "\xe2\x97\x8b watched   \xe2\x97\x8f came back ready");
}

/* Descriptors that are watched, and those that are open without being watched. */
static int watched_rows(struct model const *model)
{
    int rows = (int)model->n_watches;

    for (struct conn const *conn = model->conns; conn; conn = conn->next)
        rows += !is_watched(model, conn->fd);
    for (struct server const *server = model->servers; server; server = server->next)
        rows += !is_watched(model, server->fd);
    return rows;
}

/* The descriptor that the event is about stays in sight, else the first that was found ready. */
static int first_shown(struct scene const *scene, int length, int rows)
{
    struct model const *model = scene->model;
    struct event const *event = scene->moment->event;
    int64_t fd = event ? event_number(event, "fd", -1) : -1;
    int first = pane_first(PANE_WATCH, scene, length, rows);

    for (size_t i = 0; i < model->n_watches; i++)
        if (fd >= 0 ? model->watches[i].fd == fd : is_ready(&model->select, &model->watches[i]))
            return pane_keep(first, (int)i, rows);
    return first;
}

void pane_watch(struct box box, struct scene const *scene)
{
    struct model const *model = scene->model;
    int length = watched_rows(model), index = 0, row = 0;
    int first = first_shown(scene, length, box.rows);
    char text[256];
    struct say say;

    if (scene->view->maximised && box.cols >= 60) {
        pane_select_sets(box, scene);
        return;
    }
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
    pane_more(box, length - row);
    if (row == 0)
        box_text(box, 0, 1, STYLE_FAINT, "(nothing)");
}
