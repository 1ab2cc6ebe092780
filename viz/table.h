/*
 * table - things found by their id.
 *
 * An open-addressing hash table of pointers to structs whose first member is their `struct str
 * id`. It owns nothing. Iteration order is of no use to anyone: lists keep the order.
 */
#ifndef VIZ_TABLE_H
#define VIZ_TABLE_H

#include "text.h"

struct table {
    void **slots;
    size_t n, room; /* room is a power of two, at most three quarters full */
};

void table_fini(struct table *table);
/* The thing with this id, or NULL. */
void *table_find(const struct table *table, struct slice id);
/* Adds a thing whose id is not in it yet. 0 or -ENOMEM. */
int table_add(struct table *table, void *thing);
/* Removes a thing that is in it. */
void table_remove(struct table *table, const void *thing);

#endif
