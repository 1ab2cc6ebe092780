/*
 * tree.c - who waits for whom
 *
 *     main#1  waits for group#5
 *     ├ worker#2  waits for timer#7, 0.2 s          made by main#1
 *     └ worker#3  waits for lock#4                  4 tasks wait for it
 *     a#8  waits for b#9
 *     └ b#9  waits for a#8   ↺ a cycle: a#8 -> b#9 -> a#8: none of them can ever go on
 *
 * Below a task stands what it waits for, when that is a task; below one that waits for a group, the
 * tasks that it has made. A cycle has no root: it is drawn from its lowest number, and named. Tasks
 * that wait for something else end a branch: it says for what.
 */
#include "pane.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 32 };

struct node {
    struct task const *task;
    struct node *waits_for;    /* a task; NULL for anything else */
    struct node *child, *next; /* of one that waits for a group: tasks that it made */
    bool is_awaited, is_drawn, is_on_path;
};

struct tree {
    struct node *nodes; /* by number */
    size_t count;
    struct box box;
    int skip, row;
    int64_t now_ns;
    bool last[DEPTH_MAX]; /* nothing more stands below in this column */
};

static struct node *node_of(struct tree const *tree, struct task const *task)
{
    size_t low = 0, high = tree->count;

    while (task && low < high) {
        size_t middle = low + (high - low) / 2;

        if (tree->nodes[middle].task->number < task->number)
            low = middle + 1;
        else
            high = middle;
    }
    return task && low < tree->count && tree->nodes[low].task == task ? &tree->nodes[low] : NULL;
}

static struct node *node_by_id(struct tree const *tree, struct model const *model,
                               struct str const *id)
{
    struct task const *task = id->len ? model_task(model, str_slice(id)) : NULL;

    return task && !task->is_call ? node_of(tree, task) : NULL;
}

static bool waits_on(struct task const *task, char const *word)
{
    return task->state == TASK_WAITING && str_is(&task->on, slice_of(word));
}

/* From the last to the first, so that the lists of children come out by number. */
static void connect(struct tree *tree, struct model const *model)
{
    for (size_t i = tree->count; i > 0; i--) {
        struct node *node = &tree->nodes[i - 1];
        struct node *parent = node_by_id(tree, model, &node->task->parent);

        if (waits_on(node->task, "task"))
            node->waits_for = node_by_id(tree, model, &node->task->what);
        if (node->waits_for)
            node->waits_for->is_awaited = true;
        if (parent && parent != node && waits_on(parent->task, "group")) {
            node->next = parent->child;
            parent->child = node;
            node->is_awaited = true;
        }
    }
}

/* ---- drawing ------------------------------------------------------------------------------- */

static int draw_branch(struct tree *tree, int row, int depth)
{
    int col = 1;

    for (int i = 1; i < depth; i++, col += 2)
        box_glyph(tree->box, row, col, STYLE_FRAME, tree->last[i] ? ' ' : 0x2502);
    if (depth > 0) {
        box_glyph(tree->box, row, col, STYLE_FRAME, tree->last[depth] ? 0x2514 : 0x251c);
        col += 2;
    }
    return col;
}

/* "a#8 -> b#9 -> a#8: none of them can ever go on". */
static void say_cycle(struct say *say, struct node const *first)
{
    struct node const *node = first;

    say_add(say, "a cycle: ");
    for (int i = 0; node && i < 8; i++) {
        say_clean(say, str_slice(&node->task->id), 20);
        say_add(say, " \xe2\x86\x92 ");
        node = node->waits_for;
        if (node == first)
            break;
    }
    if (node == first)
        say_clean(say, str_slice(&first->task->id), 20);
    else
        say_add(say, "\xe2\x80\xa6");
    say_add(say, ": none of them can ever go on");
}

static void draw_words(struct tree *tree, int row, int col, struct node const *node)
{
    struct task const *task = node->task;
    char text[256];
    struct say say;

    say_init(&say, text, sizeof(text));
    if (node->waits_for && node->waits_for->is_on_path) {
        col = box_text(tree->box, row, col, STYLE_WAITING, "waits for ");
        col =
            box_slice(tree->box, row, col, 24, STYLE_STRONG, str_slice(&node->waits_for->task->id));
        say_cycle(&say, node->waits_for);
        box_text(tree->box, row, col + 2, STYLE_BAD, text);
        return;
    }
    if (task->state != TASK_WAITING)
        say_add(&say, task_state_name(task->state));
    else if (!task->on.len)
        say_add(&say, task->steps ? "waits" : "has not begun");
    else {
        say_add(&say, "waits for ");
        pane_say_waits(&say, task, tree->now_ns);
    }
    col = box_text(tree->box, row, col, pane_state_style(task->state), text);
    if (node->child)
        box_text(tree->box, row, col + 2, STYLE_FAINT, "its own tasks that live:");
    else if (node->waits_for && node->waits_for->is_drawn)
        box_text(tree->box, row, col + 2, STYLE_FAINT, "(it stands above)");
}

/* One line; false when the pane is full. */
static bool draw_line(struct tree *tree, struct node *node, int depth, struct view const *view)
{
    bool selected = view->task == node->task->number;
    int col, row = tree->row;

    if (tree->row >= tree->box.rows)
        return false;
    if (tree->skip > 0) {
        tree->skip--;
        return true;
    }
    tree->row++;
    if (selected)
        box_glyph(tree->box, row, 0, STYLE_MARK, 0x25b8);
    col = draw_branch(tree, row, depth);
    col = box_slice(tree->box, row, col, 28, selected ? STYLE_MARK : STYLE_STRONG,
                    str_slice(&node->task->id));
    draw_words(tree, row, col + 2, node);
    return true;
}

static bool draw_node(struct tree *tree, struct node *node, int depth, struct view const *view)
{
    bool go_on = depth < DEPTH_MAX - 1;

    node->is_on_path = true;
    if (!draw_line(tree, node, depth, view)) {
        node->is_on_path = false;
        return false;
    }
    node->is_drawn = true;
    for (struct node *child = node->child; child && go_on; child = child->next) {
        tree->last[depth + 1] = child->next == NULL;
        go_on = child->is_drawn || draw_node(tree, child, depth + 1, view);
    }
    if (go_on && node->waits_for && !node->waits_for->is_on_path && !node->waits_for->is_drawn) {
        tree->last[depth + 1] = true;
        go_on = draw_node(tree, node->waits_for, depth + 1, view);
    }
    node->is_on_path = false;
    return go_on || tree->row < tree->box.rows;
}

void pane_tree(struct box box, struct scene const *scene)
{
    struct model const *model = scene->model;
    struct tree tree = { .box = box,
                         .skip = scene->view->scroll[PANE_TREE],
                         .now_ns = scene->now_ns };
    bool go_on = true;

    tree.nodes = calloc(model->n_tasks ? model->n_tasks : 1, sizeof(*tree.nodes));
    if (!tree.nodes || !model->tasks) {
        box_text(box, 0, 1, STYLE_FAINT,
                 tree.nodes ? "(no task lives at this moment)" : "(no memory for the tree)");
        free(tree.nodes);
        return;
    }
    for (struct task const *task = model->tasks; task; task = task->next)
        tree.nodes[tree.count++].task = task;
    connect(&tree, model);
    for (size_t i = 0; i < tree.count && go_on; i++)
        if (!tree.nodes[i].is_awaited)
            go_on = draw_node(&tree, &tree.nodes[i], 0, scene->view);
    for (size_t i = 0; i < tree.count && go_on; i++) /* what no root leads to is a cycle */
        if (!tree.nodes[i].is_drawn)
            go_on = draw_node(&tree, &tree.nodes[i], 0, scene->view);
    free(tree.nodes);
}
