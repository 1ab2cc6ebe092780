/*
 * pages - lines to events.
 */
#include "pages.h"

#include <errno.h>

int pages_open(struct pages *pages, const char *path)
{
    *pages = (struct pages){ .at = 0 };
    int rc = trace_open(&pages->trace, path);
    if (rc == 0)
        event_init(&pages->event);
    return rc;
}

int pages_next(struct pages *pages)
{
    struct line line;
    int rc;
    while ((rc = trace_line_at(&pages->trace, pages->at, &line)) > 0) {
        pages->at = line.next;
        rc = line.too_long ? -EINVAL : event_parse(&pages->event, line.text);
        if (rc != -EINVAL)
            return rc < 0 ? rc : 1;
    }
    return rc;
}

void pages_close(struct pages *pages)
{
    event_fini(&pages->event);
    trace_close(&pages->trace);
}
