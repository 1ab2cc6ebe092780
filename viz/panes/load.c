/*
 * load.c - how busy the loop is, in one line that can be read from the back row
 *
 *     busy  42 % ▓▓▓▓░░░░░░   ▁▁▂▁▅█▇▂▁▁▁▂▁▁▂▄   12 turns a second   ready 3 ●●●
 *
 * The gauge is the last second; the bars are half seconds, now at the right. Turns are counted over
 * the last two seconds or so.
 */
#include "../load.h"
#include "pane.h"

#include <math.h>
#include <string.h>

enum { GAUGE = 20 };

static void draw_bars(struct box box, int col, struct load const *load)
{
    for (int i = 0; i < LOAD_BARS; i++) {
        double share = load->bars[i];
        int eighths = share <= 0 ? 0 : (int)ceil(share * 8);
        enum style style = share > 0.8 ? STYLE_WARN : STYLE_RUNNING;

        if (share < 0)
            continue;
        box_glyph(box, 0, col + i, eighths ? style : STYLE_FAINT,
                  eighths ? 0x2580u + (uint32_t)(eighths < 8 ? eighths : 8) : 0x2581);
    }
}

static int draw_busy(struct box box, struct load const *load)
{
    double share = load->busy < 1 ? load->busy : 1;
    enum style style = share > 0.8 ? STYLE_WARN : STYLE_RUNNING;
    int gauge = box.cols >= 110 ? GAUGE : GAUGE / 2;
    int col = box_text(box, 0, 1, STYLE_TITLE, "busy");

    if (load->span_ns == 0)
        return box_text(box, 0, col + 2, STYLE_FAINT, "not known yet");
    col = share > 0 && share < 0.01 ? box_text(box, 0, col + 1, style, " <1 %")
                                    : box_printf(box, 0, col + 1, style, "%3.0f %%", 100 * share);
    box_gauge(box, 0, col + 1, gauge, share, style);
    return col + 1 + gauge;
}

static void draw_ready(struct box box, int col, size_t ready)
{
    enum { WIDTH = 8, DOTS = 12 };

    if (col + WIDTH > box.cols)
        return;
    col = box_text(box, 0, col, STYLE_TITLE, "ready");
    col = box_printf(box, 0, col + 1, ready ? STYLE_READY : STYLE_STRONG, "%zu", ready);
    for (size_t i = 0; i < ready && i < DOTS && col + 2 < box.cols; i++)
        box_glyph(box, 0, ++col, STYLE_READY, 0x25cf);
}

/* What others type to watch too, whole or not at all. Answers how many columns it takes, at the right. */
static int draw_invitation(struct box box, char const *invitation)
{
    int len = invitation ? (int)strlen(invitation) : 0;

    if (len == 0 || len + 24 > box.cols)
        return 0;
    box_text(box, 0, box.cols - len - 1, STYLE_STRONG, invitation);
    return len + 2;
}

static int draw_turns(struct box box, int col, struct load const *load)
{
    enum { WIDTH = 22 };

    if (load->turns_a_second < 0 || col + WIDTH > box.cols)
        return col;
    col = box_printf(box, 0, col, STYLE_STRONG, load->turns_a_second < 10 ? "%.1f" : "%.0f",
                     load->turns_a_second);
    return box_text(box, 0, col + 1, STYLE_TITLE, "turns a second") + 3;
}

void pane_load(struct box box, struct scene const *scene)
{
    struct load load;
    int col;

    if (box.rows < 1)
        return;
    load_of(&load, scene->model, scene->now_ns);
    box.cols -= draw_invitation(box, scene->view->invitation);
    col = draw_busy(box, &load) + 2;
    if (box.cols >= 100) {
        draw_bars(box, col, &load);
        col += LOAD_BARS + 2;
    }
    col = draw_turns(box, col, &load);
    draw_ready(box, col, scene->model->n_ready);
}
