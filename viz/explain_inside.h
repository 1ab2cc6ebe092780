/*
 * explain_inside.h - what the sentence writers share (explain.c, explain_tasks.c,
 * explain_world.c). For nobody else.
 */
#ifndef VIZ_EXPLAIN_INSIDE_H
#define VIZ_EXPLAIN_INSIDE_H

#include "explain.h"

/* Writes the sentence of one kind of event. */
typedef void sentence_fn(struct say *say, const struct event *event, const struct model *after);

/* The id under this key, or `otherwise` when there is none. */
void say_id_of(struct say *say, const struct event *event, const char *key, const char *otherwise);
/* The text under this key, clean, at most `limit` columns; `otherwise` when there is none. */
void say_text_of(struct say *say, const struct event *event, const char *key, size_t limit,
                 const char *otherwise);
/* "call 5 (on_tick)": an id and the function behind it, when it is known. */
void say_handle(struct say *say, const struct model *after, struct slice id);
/* The number as written, for values that need not be whole. */
void say_number_of(struct say *say, const struct event *event, const char *key);
/* Where in the ready queue it stands now: "it is next", "2 handles are ahead of it". */
void say_place(struct say *say, const struct model *after, struct slice id);

sentence_fn explain_task_new, explain_task_ready, explain_task_begin, explain_task_await,
    explain_task_end, explain_task_cancel, explain_task_done, explain_call_ready,
    explain_call_begin, explain_call_end, explain_call_cancel, explain_timer_set,
    explain_timer_fire, explain_timer_cancel;

sentence_fn explain_watch_add, explain_watch_drop, explain_server_listen, explain_server_accept,
    explain_server_refuse, explain_server_close, explain_conn_open, explain_conn_read,
    explain_conn_write, explain_conn_eof, explain_conn_error, explain_conn_close,
    explain_signal_got, explain_wake_sent, explain_thread_start, explain_thread_done,
    explain_child_start, explain_child_exit, explain_sync_wait, explain_sync_give, explain_out_line,
    explain_note_say, explain_note_mark, explain_note_ask, explain_note_answered,
    explain_warn_slow_step, explain_warn_slow_turn, explain_warn_late_timer, explain_warn_spinning,
    explain_warn_starving, explain_warn_lost_task, explain_warn_swallowed, explain_warn_unread,
    explain_warn_not_closed, explain_warn_grows, explain_warn_stack, explain_warn_fds;

#endif
