/*
 * pane.c - what several panes need: spans, scrolling, titles
 */
#include "pane.h"

#include <inttypes.h>
#include <string.h>

char const *pane_span(char *text, size_t size, int64_t span_ns)
{
    struct say say;

    say_init(&say, text, size);
    say_span(&say, span_ns);
    return text;
}

char const *pane_say_spot(char *text, size_t size, struct spot spot, struct slice shown)
{
    struct say say;

    say_init(&say, text, size);
    if (spot.line && !slice_equal(spot.file, shown))
        say_clean(&say, spot.file, 9);
    if (spot.line)
        say_f(&say, ":%" PRIu64, spot.line);
    return text;
}

enum style pane_state_style(enum task_state state)
{
    switch (state) {
    case TASK_RUNNING: return STYLE_RUNNING;
    case TASK_READY: return STYLE_READY;
    case TASK_WAITING: return STYLE_WAITING;
    }
    return STYLE_PLAIN;
}

int pane_first(enum pane pane, struct scene const *scene, int length, int rows)
{
    return pane_first_of(scene->view->scroll[pane], length, rows);
}

int pane_first_of(int scroll, int length, int rows)
{
    int last = length - rows, first = scroll < last ? scroll : last;

    return first > 0 ? first : 0;
}

int pane_keep(int first, int place, int rows)
{
    if (place < first)
        return place;
    return place >= first + rows ? place - rows + 1 : first;
}

void pane_more(struct box box, int hidden)
{
    struct box title = { box.canvas, box.row - 1, box.col, 1, box.cols };
    char text[32];

    if (hidden <= 0 || box.row < 1)
        return;
    snprintf(text, sizeof(text), " +%d more ", hidden);
    box_right(title, 0, STYLE_FAINT, text);
}

static int count(size_t number)
{
    return number < 1000000 ? (int)number : 1000000;
}

int pane_length(enum pane pane, struct scene const *scene)
{
    struct model const *model = scene->model;
    struct source_text const *source;
    bool is_now;

    switch (pane) {
    case PANE_SOURCE:
        source = history_source(scene->history, pane_source_spot(scene, &is_now).file);
        return source ? count(source->n_lines) : 1;
    case PANE_LOOP: return scene->view->maximised ? 5 + count(model->turns_ring.count) : 5;
    case PANE_READY: return count(model->n_ready) + (model->running ? 1 : 0);
    case PANE_TASKS: return count(model->n_tasks + model->n_calls);
    case PANE_TIMERS: return count(model->n_timers);
    case PANE_WATCH: return count(model->n_watches + model->n_conns + model->n_servers);
    case PANE_TIMELINE: return count(model->n_tasks) + 2;
    case PANE_OUTPUT: return count(model->outputs_ring.count);
    case PANE_TASK: return count(model->deeds_ring.count);
    case PANE_CONNS: return count(model->n_conns + model->n_servers);
    case PANE_EVENTS: return 1;
    case PANE_TREE: return count(2 * model->n_tasks);
    case PANE_LESSON: return count(model->notes_ring.count);
    case PANE_COUNT: break;
    }
    return 0;
}

static void title_with(char *text, size_t size, char const *name, uint64_t number)
{
    snprintf(text, size, number > 0 ? "%s \xc2\xb7 %" PRIu64 : "%s", name, number);
}

static void title_tasks(struct model const *model, char *text, size_t size)
{
    char calls[64] = "";

    if (model->n_calls > 0)
        snprintf(calls, sizeof(calls), "%scallbacks \xc2\xb7 %zu", model->n_tasks ? ", " : "",
                 model->n_calls);
    title_with(text, size, model->n_tasks || !*calls ? "tasks" : "", model->n_tasks);
    snprintf(text + strlen(text), size - strlen(text), "%s", calls);
}

static void title_loop(struct scene const *scene, char *text, size_t size)
{
    struct model const *model = scene->model;

    if (model->phase == PHASE_OUTSIDE)
        snprintf(text, size,
                 model->turn ? "the loop \xc2\xb7 not running, %" PRIu64 " turn%s done"
                             : "the loop \xc2\xb7 not running yet",
                 model->turn, model->turn == 1 ? "" : "s");
    else
        snprintf(text, size, "the loop \xc2\xb7 turn %" PRIu64 "%s", model->turn,
                 model->stopping ? ", asked to stop" : "");
}

struct task const *pane_subject(struct scene const *scene)
{
    struct event const *event = scene->moment->event;
    struct task const *task = scene->task;

    if (!task && event && event_text(event, "task").len)
        task = model_task(scene->model, event_text(event, "task"));
    return task ? task : scene->model->tasks;
}

static void title_task(struct scene const *scene, char *text, size_t size)
{
    struct task const *task = pane_subject(scene);

    snprintf(text, size, task ? "task \xc2\xb7 %.60s" : "task", task ? str_text(&task->id) : "");
}

/* Zoomed or moved, the window stays where it was put. */
static void title_timeline(struct scene const *scene, char *text, size_t size)
{
    struct stretch stretch = pane_timeline_stretch(scene);

    snprintf(text, size, "timeline%s",
             scene->now_ns > stretch.to_ns     ? " \xc2\xb7 now is later, Esc: to now"
             : scene->now_ns < stretch.from_ns ? " \xc2\xb7 now is earlier, Esc: to now"
                                               : "");
}

char const *pane_about(enum pane pane)
{
    switch (pane) {
    case PANE_LOOP: return "phases, queue, timers";
    case PANE_SOURCE: return "the program's code";
    case PANE_TASKS: return "a table; < > i order";
    case PANE_TASK: return "one task's steps";
    case PANE_CONNS: return "bytes and buffers";
    case PANE_TIMELINE: return "a d w s: pan, zoom";
    case PANE_OUTPUT: return "what it prints";
    case PANE_EVENTS: return "sentences";
    case PANE_TREE: return "who waits for whom";
    case PANE_LESSON: return "notes, questions";
    default: return "";
    }
}

void pane_title(enum pane pane, struct scene const *scene, char *text, size_t size)
{
    struct model const *model = scene->model;
    struct slice file;
    bool is_now;

    switch (pane) {
    case PANE_SOURCE:
        file = pane_source_spot(scene, &is_now).file;
        snprintf(text, size, file.len ? "source \xc2\xb7 %.*s" : "source", (int)file.len,
                 file.len ? file.at : "");
        break;
    case PANE_LOOP: title_loop(scene, text, size); break;
    case PANE_READY: title_with(text, size, "ready queue", model->n_ready); break;
    case PANE_TASKS: title_tasks(model, text, size); break;
    case PANE_TIMERS: title_with(text, size, "timers", model->n_timers); break;
    case PANE_WATCH: snprintf(text, size, "what select() watches"); break;
    case PANE_TIMELINE: title_timeline(scene, text, size); break;
    case PANE_OUTPUT: snprintf(text, size, "output"); break;
    case PANE_TASK: title_task(scene, text, size); break;
    case PANE_CONNS: title_with(text, size, "connections", model->n_conns); break;
    case PANE_EVENTS:
        snprintf(text, size,
                 scene->view->filter.n_terms ? "events around now \xc2\xb7 %s"
                                             : "events around now",
                 scene->view->filter.text);
        break;
    case PANE_TREE: snprintf(text, size, "who waits for whom"); break;
    case PANE_LESSON: snprintf(text, size, "lesson"); break;
    case PANE_COUNT: break;
    }
}
