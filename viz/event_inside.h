/*
 * event_inside.h - what the two readers of lines share (event.c, event_json.c). For nobody else.
 */
#ifndef VIZ_EVENT_INSIDE_H
#define VIZ_EVENT_INSIDE_H

#include "trace.h"

/* What was met while a string was passed over. */
enum { TRAIT_ESCAPES = 1, TRAIT_HIGH = 2 /* bytes beyond ASCII */ };

/* Bytes of the JSON number at `at`, 0 when there is none. */
size_t json_number_length(const char *at, const char *end);
/*
 * The closing quote of the string whose text begins at `at`; NULL when there is none or a raw
 * control stands in it.
 */
const char *json_string_end(const char *at, const char *end, unsigned *traits);
/*
 * Undoes escapes into `out` (room for as many bytes as raw has). Bytes written, or -1 for a bad
 * escape.
 */
ptrdiff_t json_unescape(struct slice raw, char *out);

/* Empties the event for the next line; its room stays. */
void event_clear(struct event *event);
void event_drop_tree(struct event *event);
/* Adds a field, whose key's code is known; NULL without memory. */
struct field *event_add_coded(struct event *event, struct slice key, uint64_t code);
/* Adds a field; NULL without memory. */
struct field *event_add(struct event *event, struct slice key);
/* Makes the room for undone strings at least so large. */
int event_room(struct event *event, size_t bytes);

#endif
