/*
 * order.h - the tasks in the order that the person at the keys has asked for
 *
 *     struct task const *shown[50];
 *     size_t n = order_rows(model, view->order, view->order_down, 1000, 50, shown);
 *
 * 100,000 tasks are ordered anew for each picture: only the rows that are shown are sorted, the
 * others are told apart as lying before or behind them, which takes one look at each. Tasks that are
 * equal stand by number, so an order is always the same. Plain callbacks follow the tasks. Pure.
 */
#ifndef VIZ_ORDER_H
#define VIZ_ORDER_H

#include "model.h"

enum order {
    ORDER_NUMBER,
    ORDER_NAME,
    ORDER_STATE,
    ORDER_WAITS,
    ORDER_STEPS,
    ORDER_RUNNING, /* time inside its steps */
    ORDER_LONGEST,
    ORDER_LATE, /* lateness that it caused */
    ORDER_AGE,
    ORDER_WARNINGS,
    ORDER_COUNT
};

/* "running"; the heading of its column. */
char const *order_name(enum order order);

/* Up to `rows` tasks from place `first` on, in this order; answers how many. */
size_t order_rows(struct model const *model, enum order order, bool down, size_t first, size_t rows,
                  struct task const **shown);
/* The place of a task in this order. */
size_t order_place(struct model const *model, enum order order, bool down, struct task const *task);

#endif
