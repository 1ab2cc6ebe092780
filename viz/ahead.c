/*
 * ahead - batches of lines go round: threads fill them, one reader empties them.
 *
 *     FREE --(a thread copies lines into it)--> FILLING --(and takes them apart)--> FULL
 *      ^                                                                             |
 *      +----------------------------- the reader is done with it <-------------------+
 *
 * Copying goes in the order of the file, one thread at a time; taking apart, which is the work, does
 * not. The reader takes the batches in their order. Where there is one processor, or no thread can be
 * had, the reader fills them itself.
 */
#include "ahead.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 3, BATCHES = 2 * THREADS, LINES = 256, BYTES = 128 << 10 };

enum batch_state { FREE, FILLING, FULL };

struct batch {
    enum batch_state state;
    struct taken taken[LINES];
    size_t n;
    char *bytes; /* the lines' own copy: trace_line_at() keeps only the last one */
    size_t room, used;
    int rc; /* what came behind the last line: 0 the end, a negative errno; 1: more */
};

struct ahead {
    struct trace *trace;
    struct batch batches[BATCHES];

    pthread_mutex_t copying; /* whoever has it copies; of these: */
    int64_t next;
    size_t fills;
    int rc; /* the last batch's */

    pthread_mutex_t lock; /* of the batches' states, and of quit */
    pthread_cond_t turned;
    bool quit;

    size_t reads, at; /* the reader's: which batch, and which of its lines comes next */
    pthread_t threads[THREADS];
    size_t n_threads;
};

static void turn(struct ahead *ahead, struct batch *batch, enum batch_state state)
{
    pthread_mutex_lock(&ahead->lock);
    batch->state = state;
    pthread_cond_broadcast(&ahead->turned);
    pthread_mutex_unlock(&ahead->lock);
}

/* False: it is time to quit. */
static bool await_state(struct ahead *ahead, const struct batch *batch, enum batch_state state)
{
    pthread_mutex_lock(&ahead->lock);
    while (batch->state != state && !ahead->quit)
        pthread_cond_wait(&ahead->turned, &ahead->lock);
    bool quit = ahead->quit;
    pthread_mutex_unlock(&ahead->lock);
    return !quit;
}

/* ---- the threads ----------------------------------------------------------------------------- */

/* Makes the line that was found the batch's own. False: it has no room for it, or no memory (rc). */
static bool keep(struct batch *batch, struct line *line)
{
    size_t len = line->text.len;
    if (batch->n > 0 && batch->room - batch->used < len)
        return false;
    if (batch->room < len) {
        free(batch->bytes);
        batch->room = len > BYTES ? len : BYTES;
        batch->bytes = malloc(batch->room);
        if (batch->bytes == NULL) {
            batch->room = 0;
            batch->rc = -ENOMEM;
            return false;
        }
    }
    char *bytes = batch->bytes + batch->used;
    if (len > 0)
        memcpy(bytes, line->text.at, len);
    line->text.at = bytes;
    batch->used += len;
    batch->n++;
    return true;
}

/* The next lines; with `copying` held. NULL: there are none, or it is time to quit. */
static struct batch *next_lines(struct ahead *ahead)
{
    struct batch *batch = &ahead->batches[ahead->fills];
    if (ahead->rc <= 0 || !await_state(ahead, batch, FREE))
        return NULL;
    batch->n = batch->used = 0;
    batch->rc = 1;
    while (batch->n < LINES) {
        struct line *line = &batch->taken[batch->n].line;
        batch->rc = trace_line_at(ahead->trace, ahead->next, line);
        if (batch->rc <= 0 || !keep(batch, line))
            break;
        ahead->next = line->next;
    }
    ahead->rc = batch->rc;
    ahead->fills = (ahead->fills + 1) % BATCHES;
    turn(ahead, batch, FILLING);
    return batch;
}

/* Fills a batch. False: there is nothing to be filled any more. */
static bool fill(struct ahead *ahead)
{
    pthread_mutex_lock(&ahead->copying);
    struct batch *batch = next_lines(ahead);
    pthread_mutex_unlock(&ahead->copying);
    if (batch == NULL)
        return false;
    for (size_t i = 0; i < batch->n; i++) {
        struct taken *taken = &batch->taken[i];
        taken->rc = taken->line.too_long ? -EINVAL : event_parse(&taken->event, taken->line.text);
    }
    turn(ahead, batch, FULL);
    return true;
}

static void *run(void *arg)
{
    while (fill(arg))
        ;
    return NULL;
}

/* ---- the reader ------------------------------------------------------------------------------ */

/* One for each processor but the reader's. */
static size_t threads_here(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors <= 1 ? 0 : processors > THREADS ? THREADS : (size_t)processors - 1;
}

struct ahead *ahead_open(struct trace *trace)
{
    struct ahead *ahead = calloc(1, sizeof *ahead);
    if (ahead == NULL)
        return NULL;
    ahead->trace = trace;
    ahead->rc = 1;
    for (size_t i = 0; i < BATCHES; i++)
        for (size_t k = 0; k < LINES; k++)
            event_init(&ahead->batches[i].taken[k].event);
    pthread_mutex_init(&ahead->copying, NULL);
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->turned, NULL);
    while (ahead->n_threads < threads_here() &&
           pthread_create(&ahead->threads[ahead->n_threads], NULL, run, ahead) == 0)
        ahead->n_threads++;
    return ahead;
}

/* The batch that is read next, when it is full. */
static struct batch *next_batch(struct ahead *ahead)
{
    struct batch *batch = &ahead->batches[ahead->reads];
    if (ahead->n_threads == 0)
        fill(ahead);
    await_state(ahead, batch, FULL);
    return batch;
}

int ahead_next(struct ahead *ahead, const struct taken **taken)
{
    struct batch *batch = ahead->at == 0 ? next_batch(ahead) : &ahead->batches[ahead->reads];
    while (ahead->at == batch->n) {
        if (batch->rc <= 0)
            return batch->rc;
        turn(ahead, batch, FREE);
        ahead->at = 0;
        ahead->reads = (ahead->reads + 1) % BATCHES;
        batch = next_batch(ahead);
    }
    *taken = &batch->taken[ahead->at++];
    return 1;
}

void ahead_close(struct ahead *ahead)
{
    if (ahead == NULL)
        return;
    pthread_mutex_lock(&ahead->lock);
    ahead->quit = true;
    pthread_cond_broadcast(&ahead->turned);
    pthread_mutex_unlock(&ahead->lock);
    for (size_t i = 0; i < ahead->n_threads; i++)
        pthread_join(ahead->threads[i], NULL);
    for (size_t i = 0; i < BATCHES; i++) {
        for (size_t k = 0; k < LINES; k++)
            event_fini(&ahead->batches[i].taken[k].event);
        free(ahead->batches[i].bytes);
    }
    pthread_mutex_destroy(&ahead->copying);
    pthread_mutex_destroy(&ahead->lock);
    pthread_cond_destroy(&ahead->turned);
    free(ahead);
}
