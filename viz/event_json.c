/*
 * event_json - lines read by json-c: every order of keys, spaces, nesting.
 *
 * json-c does the reading, but it forgives more than a format should (0.16, tested): single
 * quotes, NaN, leading zeros, raw control characters, and of two equal keys it silently takes the
 * last. So a line is first walked over token by token; what passes there and is accepted by json-c
 * is JSON by the letter.
 */
#include "event_inside.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

enum { DEPTH = 32 };

static int bad(struct event *event, const char *what)
{
    event->n_fields = 0;
    event->fault = what;
    return -EINVAL;
}

/* ---- the walk -------------------------------------------------------------------------------- */

struct walk {
    const char *p, *end;
    unsigned depth;
    size_t keys; /* of the outermost object */
    const char *fault;
};

static bool walk_word(struct walk *walk)
{
    static const char *const words[] = { "true", "false", "null" };
    for (size_t i = 0; i < 3; i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(walk->end - walk->p) >= len && memcmp(walk->p, words[i], len) == 0) {
            walk->p += len;
            return true;
        }
    }
    walk->fault = "not JSON: a bare word or a stray character";
    return false;
}

static bool walk_string(struct walk *walk)
{
    unsigned traits = 0;
    const char *close = json_string_end(walk->p + 1, walk->end, &traits);
    if (close == NULL) {
        walk->fault = "not JSON: a string without end, or a raw control character in it";
        return false;
    }
    walk->p = close + 1;
    return true;
}

static bool walk_token(struct walk *walk)
{
    size_t len;
    switch (*walk->p) {
    case '"': return walk_string(walk);
    case '{':
    case '[':
        walk->fault = "nested deeper than 32";
        walk->p++;
        return ++walk->depth <= DEPTH;
    case '}':
    case ']':
        walk->fault = "not JSON: a bracket too many";
        walk->p++;
        return walk->depth-- > 0;
    case ':':
        walk->keys += walk->depth == 1;
        walk->p++;
        return true;
    case ',':
    case ' ':
    case '\t':
    case '\r': walk->p++; return true;
    default:
        len = json_number_length(walk->p, walk->end);
        walk->p += len;
        return len > 0 || walk_word(walk);
    }
}

/* ---- the tree -------------------------------------------------------------------------------- */

void event_drop_tree(struct event *event)
{
    json_object_put(event->tree);
    event->tree = NULL;
}

static struct json_object *read_tree(struct slice line)
{
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH + 1);
    if (tokener == NULL)
        return NULL;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *tree = json_tokener_parse_ex(tokener, line.at, (int)line.len);
    if (json_tokener_get_error(tokener) != json_tokener_success) {
        json_object_put(tree);
        tree = NULL;
    }
    json_tokener_free(tokener);
    return tree;
}

static enum field_kind kind_of(struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_boolean: return FIELD_BOOL;
    case json_type_int:
    case json_type_double: return FIELD_NUMBER;
    case json_type_string: return FIELD_TEXT;
    case json_type_array: return FIELD_LIST;
    case json_type_object: return FIELD_OBJECT;
    default: return FIELD_NULL;
    }
}

static struct slice text_of(struct json_object *value, enum field_kind kind)
{
    if (kind == FIELD_NULL)
        return slice_of("null");
    if (kind == FIELD_TEXT)
        return (struct slice){ json_object_get_string(value),
                               (size_t)json_object_get_string_len(value) };
    return slice_of(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
                                                              JSON_C_TO_STRING_NOSLASHESCAPE));
}

static bool take_prefix(struct event *event, const struct field *field, bool seen[3])
{
    int64_t number;
    if (slice_is(field->key, "t")) {
        seen[0] = field->kind == FIELD_NUMBER && number_ns(field->value, &event->t_ns) &&
                  event->t_ns >= 0;
    } else if (slice_is(field->key, "n")) {
        seen[1] =
            field->kind == FIELD_NUMBER && number_whole_json(field->value, &number) && number >= 0;
        event->n = seen[1] ? (uint64_t)number : 0;
    } else if (slice_is(field->key, "ev")) {
        seen[2] = field->kind == FIELD_TEXT && field->value.len > 0;
        event->ev = field->value;
        event->kind = event_kind_of(field->value);
    } else {
        return false;
    }
    return true;
}

static int take_fields(struct event *event)
{
    bool seen[3] = { false, false, false };
    json_object_object_foreach(event->tree, key, value)
    {
        enum field_kind kind = kind_of(value);
        struct field field = { .key = slice_of(key), .value = text_of(value, kind), .kind = kind };
        if (take_prefix(event, &field, seen))
            continue;
        struct field *added = event_add(event, field.key);
        if (added == NULL)
            return -ENOMEM;
        added->value = field.value;
        added->kind = field.kind;
    }
    if (!seen[0])
        return bad(event, "no event: \"t\" is missing or is no time");
    if (!seen[1])
        return bad(event, "no event: \"n\" is missing or is no count");
    if (!seen[2])
        return bad(event, "no event: \"ev\" is missing or is no text");
    return 0;
}

int event_parse_json(struct event *event, struct slice line)
{
    event_clear(event);
    if (line.len == 0)
        return bad(event, "an empty line");
    struct walk walk = { line.at, line.at + line.len, 0, 0, NULL };
    while (walk.p < walk.end)
        if (!walk_token(&walk))
            return bad(event, walk.fault);
    if (walk.keys > EVENT_FIELDS)
        return bad(event, "more than 256 keys");
    if (!text_is_utf8(line))
        return bad(event, "not UTF-8");
    event->tree = read_tree(line);
    if (event->tree == NULL)
        return bad(event, walk.depth > 0 ? "not JSON: it ends too soon" : "not JSON");
    if (json_object_get_type(event->tree) != json_type_object)
        return bad(event, "no event: JSON, but no object");
    if ((size_t)json_object_object_length(event->tree) != walk.keys)
        return bad(event, "a key stands twice");
    if (event_room(event, 2 * line.len + 8) < 0)
        return -ENOMEM;
    return take_fields(event);
}
