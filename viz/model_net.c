/*
 * model_net - what events do to watched descriptors, servers and connections.
 */
#include "model_inside.h"

/* ---- watched fds ----------------------------------------------------------------------------- */

void apply_watch(struct model *model, const struct event *event)
{
    int fd = fd_of(event_number(event, "fd", -1));
    bool write = slice_is(event_text(event, "for"), "write");
    const struct watch *there = model_watch(model, fd, write);
    if (event->kind == EV_WATCH_DROP) {
        if (there == NULL)
            model_fault(model, "an fd that is watched", "it is not");
        else
            watch_remove(model, there);
        return;
    }
    if (there != NULL)
        model_fault(model, "an fd that is not watched yet", "it is watched already");
    struct watch *watch = watch_put(model, fd, write);
    if (watch != NULL)
        model_set(model, &watch->who, event_text(event, "who"));
}

/* ---- servers and connections ----------------------------------------------------------------- */

static void server_listen(struct model *model, const struct event *event, struct slice id)
{
    struct server *server = server_add(model, id, fd_of(event_number(event, "fd", -1)));
    if (server == NULL)
        return;
    model_set(model, &server->addr, event_text(event, "addr"));
    model_set(model, &server->src, event_text(event, "src"));
    server->backlog = event_count(event, "backlog", 0);
}

static void server_accept(struct model *model, const struct event *event, struct slice id)
{
    struct slice conn_id = event_text(event, "conn");
    struct conn *conn = model_conn(model, conn_id);
    for (struct server *server = model->servers; server != NULL; server = server->next)
        if (str_is(&server->id, id))
            server->accepted++;
    model->totals.accepted++;
    if (conn != NULL || conn_id.len == 0) {
        model_fault_id(model, conn_id, "to be accepted once", "it is there already");
        return;
    }
    if ((conn = conn_add(model, conn_id)) == NULL)
        return;
    conn->fd = fd_of(event_number(event, "fd", -1));
    conn->made_ns = model->t_ns;
    model_set(model, &conn->peer, event_text(event, "peer"));
    model_set(model, &conn->state, slice_of("connected"));
    model_set(model, &conn->server, id);
}

void apply_server(struct model *model, const struct event *event)
{
    struct slice id = event_text(event, "server");
    if (event->kind == EV_SERVER_LISTEN) {
        server_listen(model, event, id);
        return;
    }
    struct server *server = model_server(model, id);
    if (server == NULL)
        model_fault_id(model, id, "a server that listens", "none of this id does");
    switch (event->kind) {
    case EV_SERVER_ACCEPT: server_accept(model, event, id); break;
    case EV_SERVER_REFUSE:
        if (server != NULL)
            server->refused++;
        break;
    default:
        if (server != NULL && event_has(event, "accepted"))
            model_fault_counts(model, "accepted", server->accepted,
                               event_count(event, "accepted", 0));
        server_remove(model, id);
        break;
    }
}

static void conn_open(struct model *model, const struct event *event, struct slice id)
{
    struct conn *conn = model_conn(model, id);
    if (conn == NULL) {
        if ((conn = conn_add(model, id)) == NULL)
            return;
        conn->made_ns = model->t_ns;
    }
    if (event_has(event, "fd"))
        conn->fd = fd_of(event_number(event, "fd", -1));
    if (event_has(event, "peer"))
        model_set(model, &conn->peer, event_text(event, "peer"));
    if (event_has(event, "state"))
        model_set(model, &conn->state, event_text(event, "state"));
}

static void conn_close(struct model *model, const struct event *event, struct conn *conn)
{
    if (event_has(event, "in"))
        model_fault_counts(model, "bytes in", conn->in, event_count(event, "in", 0));
    if (event_has(event, "out"))
        model_fault_counts(model, "bytes out", conn->out, event_count(event, "out", 0));
    conn_remove(model, conn);
}

static void conn_bytes(struct model *model, const struct event *event, struct conn *conn)
{
    uint64_t bytes = event_count(event, "bytes", 0);
    if (event->kind == EV_CONN_READ) {
        conn->in += bytes;
        model->totals.in += bytes;
        flow_add(&conn->in_flow, model->t_ns, bytes);
        return;
    }
    conn->out += bytes;
    model->totals.out += bytes;
    conn->queued = event_count(event, "queued", conn->queued);
    if (conn->queued > conn->queued_most)
        conn->queued_most = conn->queued;
    flow_add(&conn->out_flow, model->t_ns, bytes);
}

void apply_conn(struct model *model, const struct event *event)
{
    struct slice id = event_text(event, "conn");
    if (id.len == 0)
        return;
    if (event->kind == EV_CONN_OPEN) {
        conn_open(model, event, id);
        return;
    }
    struct conn *conn = model_conn(model, id);
    if (conn == NULL) {
        model_fault_id(model, id, "an open connection", "none of this id is open");
        return;
    }
    switch (event->kind) {
    case EV_CONN_READ:
    case EV_CONN_WRITE: conn_bytes(model, event, conn); break;
    case EV_CONN_EOF:
        if (!str_is(&conn->state, slice_of("closing")))
            model_set(model, &conn->state, slice_of("half-closed"));
        break;
    case EV_CONN_CLOSE: conn_close(model, event, conn); break;
    default: /* conn:error */ break;
    }
}
