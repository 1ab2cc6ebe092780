/*
 * range - two times and two numbers, all of which must hold.
 */
#include "range.h"

#include <errno.h>

const struct range range_all = { INT64_MIN, INT64_MAX, 0, UINT64_MAX };

static int take(const char *text, int64_t *ns, uint64_t *n)
{
    int64_t whole;
    if (text == NULL)
        return 0;
    if (text[0] != '#')
        return number_ns(slice_of(text), ns) ? 0 : -EINVAL;
    if (!number_whole(slice_of(text + 1), &whole) || whole < 0)
        return -EINVAL;
    *n = (uint64_t)whole;
    return 0;
}

int range_from(struct range *range, const char *text)
{
    return take(text, &range->from_ns, &range->from_n);
}

int range_to(struct range *range, const char *text)
{
    return take(text, &range->to_ns, &range->to_n);
}

bool range_holds(const struct range *range, const struct event *event)
{
    return event->t_ns >= range->from_ns && event->n >= range->from_n &&
           !range_is_over(range, event);
}

bool range_is_over(const struct range *range, const struct event *event)
{
    return event->t_ns > range->to_ns || event->n > range->to_n;
}
