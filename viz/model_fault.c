/*
 * model_fault - saying what can't be, to whoever asked by model_on_fault().
 *
 * While events are missing (model->unsure) nothing is known for sure, and nothing is told.
 */
#include "model_inside.h"

void model_on_fault(struct model *model, model_fault_fn *fault, void *context)
{
    model->inside->fault = fault;
    model->inside->fault_context = context;
}

bool model_is_checked(const struct model *model)
{
    return model->inside->fault != NULL && !model->unsure;
}

void model_fault(struct model *model, const char *expected, const char *found)
{
    if (model_is_checked(model))
        model->inside->fault(model->inside->fault_context, expected, found);
}

/* "expected ID that is armed, found no such timer". */
void model_fault_id(struct model *model, struct slice id, const char *expected, const char *found)
{
    char room[300];
    struct say say;
    if (!model_is_checked(model))
        return;
    say_init(&say, room, sizeof room);
    say_clean(&say, id, 60);
    say_f(&say, " %s", expected);
    model_fault(model, room, found);
}

void model_fault_counts(struct model *model, const char *what, uint64_t expected, uint64_t found)
{
    char one[120], other[120];
    struct say say;
    if (expected == found || !model_is_checked(model))
        return;
    say_init(&say, one, sizeof one);
    say_f(&say, "%s %llu", what, (unsigned long long)expected);
    say_init(&say, other, sizeof other);
    say_f(&say, "%llu", (unsigned long long)found);
    model_fault(model, one, other);
}

void model_fault_ns(struct model *model, const char *what, int64_t expected, int64_t found)
{
    char one[120], other[120];
    struct say say;
    if (expected == found || !model_is_checked(model))
        return;
    say_init(&say, one, sizeof one);
    say_f(&say, "%s %lld.%09lld", what, (long long)(expected / 1000000000),
          (long long)(expected % 1000000000));
    say_init(&say, other, sizeof other);
    say_f(&say, "%lld.%09lld", (long long)(found / 1000000000), (long long)(found % 1000000000));
    model_fault(model, one, other);
}

void model_fault_ids(struct model *model, const char *what, struct slice expected,
                     struct slice found)
{
    char one[200], other[120];
    struct say say;
    if (!model_is_checked(model))
        return;
    say_init(&say, one, sizeof one);
    say_clean(&say, expected, 60);
    say_f(&say, " %s", what);
    say_init(&say, other, sizeof other);
    say_clean(&say, found, 60);
    model_fault(model, one, other);
}
