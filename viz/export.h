/*
 * export - a trace for other people's viewers.
 *
 *      loopscope export lesson.jsonl --to chrome > lesson.json       # Perfetto, speedscope
 *
 * Chrome's Trace Event JSON: a process for each run; a track for the loop (its turns, and select()
 * inside them), one for plain callbacks, one for each task with its steps as slices; wake-ups as
 * flow arrows from who woke to the step that was woken; the lives of tasks, timers and connections
 * as asynchronous spans; the ready queue and the timers as counters. Everything else is an instant.
 *
 * Nothing is lost: each line of the trace stands, as it was, in `args` of exactly one event, under
 * `record`, or under `ended` where it ended the slice whose beginning is `record`:
 *
 *      jq -c '.traceEvents[].args | select(.) | (.record, .ended) | select(.)' lesson.json
 */
#ifndef VIZ_EXPORT_H
#define VIZ_EXPORT_H

#include "range.h"

/* The file's part in `range` as Trace Event JSON on `out`. The exit status. */
int export_chrome(const char *path, const struct range *range, FILE *out);

#endif
