/*
 * conns.c - servers and connections: state, bytes, rates, and how full the buffers are
 *
 *     server#2  fd 5   listens on 127.0.0.1:8888   accepted 12   refused 0
 *
 *     connection  fd   state       in        in/s      out       out/s     to be sent        peer
 *     conn#9      7    connected   1.2 KiB   100 B     1.2 KiB   100 B     0 B ░░│░░░░░│░░░  127...
 *
 * The gauge is what still waits to be sent, with marks at the water marks that a connection begins
 * with: above the upper one `drain` waits, below the lower one it goes on.
 */
#include "pane.h"

#include <inttypes.h>

enum { LOW_WATER = 16 << 10, HIGH_WATER = 64 << 10, GAUGE = 12, GAUGE_BYTES = 8 << 10 };
enum { QUEUED_COLS = 9 };

/* "812 B", "1.2 KiB", "3.4 MiB". */
static char const *say_bytes(char *text, size_t size, double bytes)
{
    static char const *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
    size_t unit = 0;

    while (bytes >= 1024 && unit < 4) {
        bytes /= 1024;
        unit++;
    }
    snprintf(text, size, unit == 0 || bytes >= 100 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
    return text;
}

/* A column is 8 KiB; the marks stand where 16 and 64 KiB begin. */
static void draw_queued(struct box box, int row, int col, struct conn const *conn)
{
    enum style style = conn->queued >= HIGH_WATER ? STYLE_WARN : STYLE_WAITING;
    char text[32];
    uint64_t columns = conn->queued / GAUGE_BYTES + (conn->queued % GAUGE_BYTES != 0);
    int full = columns > GAUGE ? GAUGE + 1 : (int)columns;

    box_field(box, row, col, QUEUED_COLS - 1, conn->queued ? style : STYLE_PLAIN,
              say_bytes(text, sizeof(text), (double)conn->queued));
    for (int i = 0; i < GAUGE; i++) {
        bool mark = i == LOW_WATER / GAUGE_BYTES || i == HIGH_WATER / GAUGE_BYTES;
        uint32_t glyph = i < full ? 0x2593 : mark ? 0x2502 : 0x2591;

        box_glyph(box, row, col + QUEUED_COLS + i, i < full ? style : STYLE_FAINT, glyph);
    }
    if (full > GAUGE)
        box_glyph(box, row, col + QUEUED_COLS + GAUGE, style, '+');
}

struct columns {
    int fd, state, in, in_rate, out, out_rate, queued, peer;
};

static struct columns lay_out(int cols)
{
    struct columns at = { 10, 14, 26, 0, 36, 0, 46, 0 };

    if (cols < 100)
        return at;
    at.in_rate = 36;
    at.out = 48;
    at.out_rate = 58;
    at.queued = 70;
    at.peer = at.queued + QUEUED_COLS + GAUGE + 2;
    return at;
}

static void draw_heading(struct box box, int row, struct columns const *at)
{
    box_text(box, row, 1, STYLE_FAINT, "conn");
    box_text(box, row, at->fd, STYLE_FAINT, "fd");
    box_text(box, row, at->state, STYLE_FAINT, "state");
    box_text(box, row, at->in, STYLE_FAINT, "in");
    box_text(box, row, at->out, STYLE_FAINT, "out");
    if (at->in_rate) {
        box_text(box, row, at->in_rate, STYLE_FAINT, "in/s");
        box_text(box, row, at->out_rate, STYLE_FAINT, "out/s");
    }
    box_text(box, row, at->queued, STYLE_FAINT, "to send    low   high");
    if (at->peer)
        box_text(box, row, at->peer, STYLE_FAINT, "peer");
}

static void draw_conn(struct box box, int row, struct conn const *conn, struct columns const *at,
                      int64_t now_ns)
{
    char text[32];

    box_slice(box, row, 1, at->fd - 2, STYLE_STRONG, str_slice(&conn->id));
    box_printf(box, row, at->fd, STYLE_PLAIN, "%d", conn->fd);
    box_slice(box, row, at->state, at->in - at->state - 1, STYLE_PLAIN, str_slice(&conn->state));
    box_text(box, row, at->in, STYLE_PLAIN, say_bytes(text, sizeof(text), (double)conn->in));
    box_text(box, row, at->out, STYLE_PLAIN, say_bytes(text, sizeof(text), (double)conn->out));
    if (at->in_rate) {
        box_text(box, row, at->in_rate, STYLE_PLAIN,
                 say_bytes(text, sizeof(text), flow_rate(&conn->in_flow, now_ns)));
        box_text(box, row, at->out_rate, STYLE_PLAIN,
                 say_bytes(text, sizeof(text), flow_rate(&conn->out_flow, now_ns)));
    }
    draw_queued(box, row, at->queued, conn);
    if (at->peer)
        box_slice(box, row, at->peer, box.cols - at->peer, STYLE_PLAIN, str_slice(&conn->peer));
}

static void draw_server(struct box box, int row, struct server const *server)
{
    int col = box_slice(box, row, 1, 12, STYLE_STRONG, str_slice(&server->id));

    col = box_printf(box, row, col + 2, STYLE_PLAIN, "fd %d  listens on ", server->fd);
    col = box_slice(box, row, col, 46, STYLE_PLAIN, str_slice(&server->addr));
    col = box_printf(box, row, col, STYLE_PLAIN, "  accepted %" PRIu64, server->accepted);
    if (server->refused)
        box_printf(box, row, col, STYLE_WARN, "  refused %" PRIu64, server->refused);
}

void pane_conns(struct box box, struct scene const *scene)
{
    struct model const *model = scene->model;
    struct columns at = lay_out(box.cols);
    int length = pane_length(PANE_CONNS, scene);
    int first = pane_first(PANE_CONNS, scene, length, box.rows - 2), index = 0, row = 0;

    for (struct server const *server = model->servers; server && row < box.rows;
         server = server->next)
        if (index++ >= first)
            draw_server(box, row++, server);
    if (model->conns && row + 1 < box.rows)
        draw_heading(box, row++, &at);
    for (struct conn const *conn = model->conns; conn && row < box.rows; conn = conn->next)
        if (index++ >= first)
            draw_conn(box, row++, conn, &at, scene->now_ns);
    if (model->conns && row < box.rows)
        box_text(box, row, 1, STYLE_FAINT,
                 "low 16 KiB, high 64 KiB: above high, drain waits until it is below low");
    if (length == 0)
        box_text(box, 0, 1, STYLE_FAINT,
                 "(no server listens and no connection is open at this moment)");
    pane_more(box, length - first - (box.rows - (model->conns != NULL)));
}
