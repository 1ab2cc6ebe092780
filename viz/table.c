/*
 * table - things found by their id.
 *
 * Linear probing; a removed slot is filled from behind it, so there are no tombstones to sweep and
 * a table through which a million tasks pass stays as fast as one that held ten.
 */
#include "table.h"

#include <errno.h>
#include <stdlib.h>

/* FNV-1a, with its bits stirred once more: ids differ in their last digits only. */
static size_t hash(struct slice id)
{
    uint64_t sum = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < id.len; i++)
        sum = (sum ^ (unsigned char)id.at[i]) * UINT64_C(1099511628211);
    return (size_t)(sum ^ sum >> 29);
}

static struct slice id_of(const void *thing)
{
    return str_slice(thing); /* its first member */
}

void table_fini(struct table *table)
{
    free(table->slots);
    *table = (struct table){ 0 };
}

void *table_find(const struct table *table, struct slice id)
{
    if (table->n == 0)
        return NULL;
    size_t mask = table->room - 1;
    for (size_t i = hash(id) & mask; table->slots[i] != NULL; i = (i + 1) & mask)
        if (slice_equal(id_of(table->slots[i]), id))
            return table->slots[i];
    return NULL;
}

static void put(struct table *table, void *thing)
{
    size_t mask = table->room - 1;
    size_t i = hash(id_of(thing)) & mask;
    while (table->slots[i] != NULL)
        i = (i + 1) & mask;
    table->slots[i] = thing;
}

static int grow(struct table *table)
{
    struct table bigger = { .n = table->n, .room = table->room == 0 ? 16 : 2 * table->room };
    bigger.slots = calloc(bigger.room, sizeof *bigger.slots);
    if (bigger.slots == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < table->room; i++)
        if (table->slots[i] != NULL)
            put(&bigger, table->slots[i]);
    free(table->slots);
    *table = bigger;
    return 0;
}

int table_add(struct table *table, void *thing)
{
    if (4 * (table->n + 1) > 3 * table->room) {
        int rc = grow(table);
        if (rc < 0)
            return rc;
    }
    put(table, thing);
    table->n++;
    return 0;
}

void table_remove(struct table *table, const void *thing)
{
    if (table->n == 0)
        return;
    size_t mask = table->room - 1;
    size_t hole = hash(id_of(thing)) & mask;
    while (table->slots[hole] != NULL && table->slots[hole] != thing)
        hole = (hole + 1) & mask;
    if (table->slots[hole] == NULL)
        return;
    /* Move up whoever was pushed past the hole by a collision. */
    for (size_t i = (hole + 1) & mask; table->slots[i] != NULL; i = (i + 1) & mask) {
        size_t home = hash(id_of(table->slots[i])) & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            table->slots[hole] = table->slots[i];
            hole = i;
        }
    }
    table->slots[hole] = NULL;
    table->n--;
}
