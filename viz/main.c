/*
 * loopscope - the command line.
 *
 * Each command is a function of what is left of argv. It reads its options through one small
 * table, says what is wrong on stderr, and answers the exit status:
 *
 *      0  good (run: or the user quit)
 *      1  the trace or the program is at fault, said with file and line
 *      2  wrong usage                       run: else the program's own status
 *
 * Where there is no terminal, run, attach and replay speak sentences, as print does.
 */
#include "check.h"
#include "compare.h"
#include "export.h"
#include "frame.h"
#include "options.h"
#include "print.h"
#include "screen.h"
#include "source.h"
#include "speak.h"
#include "stats.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char about_all[] =
    "loopscope shows an event loop at work: live, step by step, backwards, and from saved traces.\n"
    "\n"
    "  loopscope run [--record FILE] [--share PORT] [--paused] [--speed X] PROGRAM [ARG...]\n"
    "                                run a program and watch its loop\n"
    "  loopscope attach ADDRESS      watch a running program: unix:PATH, tcp:HOST:PORT\n"
    "  loopscope replay FILE [FILE2] watch a saved trace, or two side by side (--follow: one that "
    "still "
    "grows;\n"
    "                                -: standard input)\n"
    "  loopscope frame FILE          print one screen as text: --at SECONDS, --event N or --end,\n"
    "                                --size 120x36, --view NAME, --ascii, --color, --svg, --html\n"
    "  loopscope print FILE          tell a trace in sentences, one a line (--follow, --from, "
    "--to)\n"
    "  loopscope check FILE          prove a trace: rebuild the loop from it, compare at every "
    "state record\n"
    "  loopscope stats FILE          sum a trace up: counts, times, percentiles, slowest steps "
    "(--json: one object)\n"
    "  loopscope export FILE --to chrome\n"
    "                                for Perfetto and speedscope, all of it or --from --to\n"
    "\n"
    "Each command takes --help; `loopscope --version` tells the version. Without a terminal run, "
    "attach and replay\n"
    "speak sentences, as print does. Exit status: 0 good, 1 the trace or the program is at fault, "
    "2 wrong usage.\n";

/* ---- run, attach, replay --------------------------------------------------------------------- */

static void say_end(const struct source *source)
{
    char words[256];
    source_describe(source, words, sizeof words);
    if (words[0] != '\0')
        fprintf(stderr, "loopscope: %s\n", words);
}

static int show_on_screen(struct source *source, const struct screen_options *options)
{
    int rc = screen_run(source, options);
    source_finish(source);
    if (rc < 0)
        fprintf(stderr, "loopscope: the screen can't be shown: %s\n", strerror(-rc));
    return rc < 0 ? AT_FAULT : GOOD;
}

/*
 * Shows a source on the screen, or tells it. `owned` (a program was started): then its status is
 * ours.
 */
static int show(struct source *source, const struct screen_options *options, bool owned)
{
    int status = GOOD;
    if (screen_is_possible()) {
        status = show_on_screen(source, options);
        if (owned)
            source_replay_output(source);
    } else {
        struct range range = range_all;
        if (options->place != NULL)
            range_from(&range, options->place);
        status = speak_source(source, &range, options->ascii);
    }
    if (owned) {
        say_end(source);
        if (source_exit_status(source) != 0)
            status = source_exit_status(source);
    }
    source_close(source);
    return status;
}

static const char about_run[] =
    "loopscope run [--record FILE] [--share [ADDRESS:]PORT] [--paused] [--speed X] [--ascii] "
    "[--no-questions]\n"
    "              [--class] PROGRAM [ARG...]\n"
    "\n"
    "Runs a program that is linked with libloop and shows its event loop live. All that was seen "
    "can be rewound.\n"
    "\n"
    "  --record FILE   keep the trace in FILE, which grows as it goes\n"
    "  --share PORT    others on this machine may watch; with ADDRESS:PORT (0.0.0.0 for all) "
    "others elsewhere:\n"
    "                  what they type is shown in the second line. They can do nothing but look\n"
    "  --paused        show the first event and wait there; the program itself runs on\n"
    "  --speed X       show at X times the pace of the program (0.25, 2 ...), never ahead of it\n"
    "  --ascii         use no characters beyond ASCII\n"
    "  --no-questions  the lesson's questions don't halt the picture\n"
    "  --class         for a projector: whether an answer is right shows after R\n"
    "\n"
    "Quitting ends the program as Ctrl-C would, and kills it after 2 s. Exit status: the program's "
    "own; 0 after quitting.\n";

static int take_speed(const char *text, double *speed)
{
    char *end;
    if (text == NULL)
        return 0;
    *speed = strtod(text, &end);
    return *end == '\0' && end != text && *speed >= 1.0 / 1024 && *speed <= 1024 ? 0 : -EINVAL;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    bool paused = false, ascii = false, no_questions = false, class_view = false;
    const char *record = NULL, *speed = NULL, *share_text = NULL;
    const struct option options[] = {
        { "--record", NULL, &record },    { "--share", NULL, &share_text },
        { "--paused", &paused, NULL },    { "--speed", NULL, &speed },
        { "--ascii", &ascii, NULL },      { "--no-questions", &no_questions, NULL },
        { "--class", &class_view, NULL }, { NULL, NULL, NULL }
    };
    struct screen_options screen = { .speed = 1 };
    char message[512];
    int n_words, status = take_options(command, options, true, argc, argv, &n_words);
    if (status >= 0)
        return status;
    if (n_words == 0)
        return usage_error(command, "which PROGRAM?", "");
    if (take_speed(speed, &screen.speed) < 0)
        return usage_error(command, "--speed takes a number from 0.001 to 1000", speed);
    screen.play = !paused;
    screen.ascii = ascii;
    screen.no_questions = no_questions;
    screen.class_view = class_view;
    struct share share;
    if (share_text != NULL && share_parse(&share, share_text, message, sizeof message) < 0)
        return usage_error(command, message, share_text);
    struct source *source =
        source_run(argv, record, share_text != NULL ? &share : NULL, message, sizeof message);
    if (source == NULL) {
        fprintf(stderr, "loopscope: %s\n", message);
        return AT_FAULT;
    }
    return show(source, &screen, true);
}

static const char about_attach[] =
    "loopscope attach [--record FILE] [--ascii] [--no-questions] [--class] ADDRESS\n"
    "\n"
    "Watches a program that already runs: unix:PATH or tcp:HOST:PORT, as its LOOP_TRACE says.\n"
    "Over TCP one can only watch; over a Unix socket the program can be paused and stepped too.\n"
    "The program goes on when we leave.\n"
    "\n"
    "  --record FILE   keep what comes in FILE\n"
    "  --ascii         use no characters beyond ASCII\n"
    "  --no-questions  the lesson's questions don't halt the picture\n"
    "  --class         for a projector: whether an answer is right shows after R\n";

/* Of tcp: addresses those with a host and a port; all others. */
static bool is_tcp_place(const char *address)
{
    const char *colon = strrchr(address, ':');
    return strncmp(address, "tcp:", 4) != 0 || (colon > address + 4 && colon[1] != '\0');
}

static int attach_command(const struct command *command, int argc, char **argv)
{
    bool ascii = false, no_questions = false, class_view = false;
    const char *record = NULL;
    const struct option options[] = { { "--record", NULL, &record },
                                      { "--ascii", &ascii, NULL },
                                      { "--no-questions", &no_questions, NULL },
                                      { "--class", &class_view, NULL },
                                      { NULL, NULL, NULL } };
    char message[512];
    int n_words, status = take_options(command, options, false, argc, argv, &n_words);
    if (status >= 0)
        return status;
    if (n_words != 1)
        return usage_error(command, "one ADDRESS: unix:PATH or tcp:HOST:PORT", "");
    if (*argv[0] == '\0' || strcmp(argv[0], "unix:") == 0 || !is_tcp_place(argv[0]))
        return usage_error(command, "one ADDRESS: unix:PATH or tcp:HOST:PORT", argv[0]);
    struct source *source = source_attach(argv[0], record, message, sizeof message);
    if (source == NULL) {
        fprintf(stderr, "loopscope: %s\n", message);
        return AT_FAULT;
    }
    return show(source,
                &(struct screen_options){ .play = true,
                                          .speed = 1,
                                          .ascii = ascii,
                                          .no_questions = no_questions,
                                          .class_view = class_view },
                false);
}

static const char about_replay[] =
    "loopscope replay [--follow] [--event N] [--ascii] [--no-questions] [--class] FILE [FILE2]\n"
    "\n"
    "Shows a saved trace, paused at its first event, or at event N; without a terminal it is told\n"
    "from there on. FILE may be - for standard input.\n"
    "\n"
    "With FILE2 both stand side by side, aligned by their notes and turns: keys move in one, and\n"
    "the other follows. They are compared event by event, whatever time they took and whatever\n"
    "line of the source they stood at: = goes to where they first part, o lets the other one\n"
    "lead, f gives the one that leads the whole screen. Without a terminal that place is told;\n"
    "the exit status is then 1 if there is one.\n"
    "\n"
    "  --follow   the file still grows: go on with it (one FILE)\n"
    "  --event N  begin at event number N, or at the last one when there are fewer\n"
    "  --ascii    use no characters beyond ASCII\n"
    "  --no-questions   the lesson's questions don't halt the picture\n"
    "  --class    for a projector: whether an answer is right shows after R\n";

/* The place as the viewer's `:` and --from take it. */
static int take_event(const char *text, char place[32])
{
    int64_t n;
    if (text == NULL)
        return 0;
    if (!number_whole(slice_of(text), &n) || n < 0)
        return -EINVAL;
    snprintf(place, 32, "#%lld", (long long)n);
    return 0;
}

/* Two traces: side by side on a screen, else where they part in words. */
static int compare_sources(struct source *const sources[COMPARE_SIDES],
                           const struct screen_options *options)
{
    struct compared traces[COMPARE_SIDES];
    int fds[COMPARE_SIDES];
    for (int side = 0; side < COMPARE_SIDES; side++) {
        fds[side] = source_trace_fd(sources[side]);
        traces[side] = (struct compared){ fds[side], source_path(sources[side]) };
    }
    if (!screen_is_possible())
        return compare_print(traces, stdout);
    struct align *align = align_create(fds);
    if (align == NULL) {
        fprintf(stderr, "loopscope: they can't be compared: %s\n", strerror(errno));
        return AT_FAULT;
    }
    struct difference difference;
    int status = compare_traces(traces, &difference, align);
    if (status == GOOD) {
        struct screen_options two = *options;
        two.other = &(struct screen_other){ sources[COMPARE_B], &difference, align };
        status = show_on_screen(sources[COMPARE_A], &two);
    }
    align_destroy(align);
    return status;
}

/* All of it: what comes through a pipe has to be there before it can be compared. */
static struct source *whole_file(const char *path)
{
    char message[512];
    struct source *source = source_file(path, false, message, sizeof message);
    if (source == NULL)
        fprintf(stderr, "loopscope: %s\n", message);
    if (source == NULL || source_take_all(source) == 0)
        return source;
    source_close(source);
    return NULL;
}

static int replay_two(char **paths, const struct screen_options *options)
{
    struct source *sources[COMPARE_SIDES] = { NULL, NULL };
    int status = AT_FAULT;
    sources[COMPARE_A] = whole_file(paths[COMPARE_A]);
    if (sources[COMPARE_A] != NULL)
        sources[COMPARE_B] = whole_file(paths[COMPARE_B]);
    if (sources[COMPARE_B] != NULL)
        status = compare_sources(sources, options);
    for (int side = 0; side < COMPARE_SIDES; side++)
        source_close(sources[side]);
    return status;
}

static int replay_command(const struct command *command, int argc, char **argv)
{
    bool follow = false, ascii = false, no_questions = false, class_view = false;
    const char *event = NULL;
    char place[32];
    const struct option options[] = {
        { "--follow", &follow, NULL },    { "--event", NULL, &event },
        { "--ascii", &ascii, NULL },      { "--no-questions", &no_questions, NULL },
        { "--class", &class_view, NULL }, { NULL, NULL, NULL }
    };
    char message[512];
    int n_words, status = take_options(command, options, false, argc, argv, &n_words);
    if (status >= 0)
        return status;
    if (n_words != 1 && n_words != 2)
        return usage_error(command, "one FILE, or two to be compared", "");
    if (take_event(event, place) < 0)
        return usage_error(command, "--event takes an event's number", event);
    struct screen_options screen = {
        .speed = 1,
        .ascii = ascii,
        .no_questions = no_questions,
        .class_view = class_view,
        .place = event != NULL ? place : NULL,
    };
    if (n_words == 2 && follow)
        return usage_error(command, "--follow takes one FILE; two are compared as they are", "");
    if (n_words == 2 && strcmp(argv[0], "-") == 0 && strcmp(argv[1], "-") == 0)
        return usage_error(command, "standard input is one trace, not two", "");
    if (n_words == 2)
        return replay_two(argv, &screen);
    struct source *source = source_file(argv[0], follow, message, sizeof message);
    if (source == NULL) {
        fprintf(stderr, "loopscope: %s\n", message);
        return AT_FAULT;
    }
    return show(source, &screen, false);
}

/* ---- frame ----------------------------------------------------------------------------------- */

static const char about_frame[] =
    "loopscope frame FILE --at SECONDS|--event N|--end [--size 120x36] [--view NAME] [--ascii] "
    "[--color|--svg|--html]\n"
    "\n"
    "Prints one screen as text: exactly as many lines as --size says, none wider.\n"
    "\n"
    "  --at SECONDS   the moment after the last event with t <= SECONDS\n"
    "  --event N      the moment after event number N\n"
    "  --end          the last moment (the default)\n"
    "  --size WxH     columns and lines, from 1x1 to 1000x1000\n"
    "  --view NAME    one pane over the whole screen: source, loop, ready, tasks, timers, select, "
    "timeline,\n"
    "                 output, task, connections, events, tree, lesson\n"
    "  --ascii        no characters beyond ASCII\n"
    "  --color        with ANSI colours\n"
    "  --svg          as a picture, for slides\n"
    "  --html         as a page, for documentation\n";

static int take_size(const char *text, struct frame_options *frame)
{
    char *end;
    if (text == NULL)
        return 0;
    long cols = strtol(text, &end, 10), rows = 0;
    if (end != text && *end == 'x') {
        text = end + 1;
        rows = strtol(text, &end, 10);
    }
    if (end == text || *end != '\0' || cols < 1 || rows < 1 || cols > 1000 || rows > 1000)
        return -EINVAL;
    frame->cols = (int)cols;
    frame->rows = (int)rows;
    return 0;
}

/* Which moment: at most one of the three. GOOD, or USAGE (said). */
static int take_place(const struct command *command, const char *at, const char *event, bool end,
                      struct frame_options *frame)
{
    int64_t n;
    if ((at != NULL) + (event != NULL) + end > 1)
        return usage_error(command, "one of --at SECONDS, --event N, --end", "");
    if (at != NULL) {
        frame->place = FRAME_AT;
        if (!number_ns(slice_of(at), &frame->t_ns))
            return usage_error(command, "--at takes seconds, such as 12.5", at);
    }
    if (event != NULL) {
        frame->place = FRAME_EVENT;
        if (!number_whole(slice_of(event), &n) || n < 0)
            return usage_error(command, "--event takes a number from 0 on", event);
        frame->n = (uint64_t)n;
    }
    return GOOD;
}

static int frame_command(const struct command *command, int argc, char **argv)
{
    bool end = false;
    const char *at = NULL, *event = NULL, *size = NULL;
    struct frame_options frame = { .place = FRAME_END, .rows = 36, .cols = 120 };
    const struct option options[] = { { "--at", NULL, &at },
                                      { "--event", NULL, &event },
                                      { "--end", &end, NULL },
                                      { "--size", NULL, &size },
                                      { "--view", NULL, &frame.view },
                                      { "--ascii", &frame.ascii, NULL },
                                      { "--color", &frame.color, NULL },
                                      { "--svg", &frame.svg, NULL },
                                      { "--html", &frame.html, NULL },
                                      { NULL, NULL, NULL } };
    int n_words, status = take_options(command, options, false, argc, argv, &n_words);
    if (status >= 0)
        return status;
    if (n_words != 1)
        return usage_error(command, "one FILE", "");
    if (take_size(size, &frame) < 0)
        return usage_error(command, "--size takes COLUMNSxLINES, such as 120x36, 1000x1000 at most",
                           size);
    if (frame.color + frame.svg + frame.html > 1)
        return usage_error(command, "one of --color, --svg, --html", "");
    if (take_place(command, at, event, end, &frame) != GOOD)
        return USAGE;
    frame.ascii |= !frame.svg && !frame.html && speak_is_ascii();
    return frame_print(argv[0], &frame, stdout);
}

/* ---- print, check ---------------------------------------------------------------------------- */

static const char about_print[] =
    "loopscope print [--follow] [--from WHERE] [--to WHERE] [--ascii] FILE\n"
    "\n"
    "Tells a trace in sentences, a line an event: time, number, what happened and why.\n"
    "FILE may be - for standard input, which may be a pipe that still grows.\n"
    "\n"
    "  --follow       the file still grows: go on with it, until its trace:end or Ctrl-C;\n"
    "                 a pipe is always read until it is closed\n"
    "  --from WHERE   from this time on, in seconds, or from event #N\n"
    "  --to WHERE     up to this time or event\n"
    "  --ascii        what is beyond ASCII reads as an escape\n"
    "\n"
    "Lines are only ever appended, each as soon as its event is there: fit for screen readers.\n";

static int take_range(const struct command *command, const char *from, const char *to,
                      struct range *range)
{
    *range = range_all;
    if (range_from(range, from) < 0)
        return usage_error(command, "--from takes SECONDS or #EVENT", from);
    if (range_to(range, to) < 0)
        return usage_error(command, "--to takes SECONDS or #EVENT", to);
    if (range->from_ns > range->to_ns || range->from_n > range->to_n)
        return usage_error(command, "--to is before --from: nothing can be in between", to);
    return GOOD;
}

static int print_command(const struct command *command, int argc, char **argv)
{
    bool ascii = false, follow = false;
    const char *from = NULL, *to = NULL;
    const struct option options[] = { { "--ascii", &ascii, NULL },
                                      { "--follow", &follow, NULL },
                                      { "--from", NULL, &from },
                                      { "--to", NULL, &to },
                                      { NULL, NULL, NULL } };
    struct range range;
    struct trace trace;
    struct print *print;
    int n_words, status = take_options(command, options, false, argc, argv, &n_words);
    if (status >= 0)
        return status;
    if (n_words != 1)
        return usage_error(command, "one FILE", "");
    if ((status = take_range(command, from, to, &range)) != GOOD)
        return status;
    int rc = trace_open(&trace, argv[0]);
    if (rc < 0)
        return speak_error(argv[0], rc);
    follow = follow && trace.seekable; /* a pipe is read as it grows, until it is closed */
    int fd = dup(trace.fd);
    rc = fd < 0 ? -errno
                : print_open(&print, fd, trace.name, stdout, stderr, ascii || speak_is_ascii());
    trace_close(&trace);
    if (rc < 0)
        return speak_error(argv[0], rc);
    signal(SIGPIPE, SIG_IGN);
    print_only(print, &range);
    if (follow) {
        status = speak_follow(print, argv[0]);
        print_close(print);
        return status;
    }
    rc = print_more(print, true);
    status = rc < 0 ? speak_error(argv[0], rc) : print_faults(print) > 0 ? AT_FAULT : GOOD;
    if (rc == 0 && print_events(print) == 0 && status == GOOD) {
        fprintf(stderr, "%s:1: no event in it: this is no trace, or nothing was written yet\n",
                argv[0]);
        status = AT_FAULT;
    }
    print_close(print);
    return status;
}

static const char about_check[] = "loopscope check FILE\n"
                                  "\n"
                                  "Proves a trace: rebuilds the loop from the events alone and "
                                  "compares it with every state record in it; holds\n"
                                  "numbering, time, order and ids. Tells each fault as FILE:LINE: "
                                  "what. FILE may be - for standard input.\n"
                                  "\n"
                                  "Exit status: 0 all is good (a missing end or a cut last line is "
                                  "said, and good), 1 there are faults.\n";

static int check_command(const struct command *command, int argc, char **argv)
{
    const struct option options[] = { { NULL, NULL, NULL } };
    struct check_result result;
    int n_words, status = take_options(command, options, false, argc, argv, &n_words);
    if (status >= 0)
        return status;
    if (n_words != 1)
        return usage_error(command, "one FILE", "");
    int rc = check_file(argv[0], stdout, &result);
    if (rc < 0)
        return speak_error(argv[0], rc);
    return result.faults > 0 ? AT_FAULT : GOOD;
}

/* ---- stats ----------------------------------------------------------------------------------- */

static const char about_stats[] =
    "loopscope stats [--json] FILE\n"
    "\n"
    "Sums a trace up: what there was, where the time went, how long the steps of each task took,\n"
    "how long they stood in the ready queue, how late their timers fired, and the slowest steps\n"
    "with their source lines. FILE may be - for standard input.\n"
    "\n"
    "  --json   one JSON object: events, turns, tasks, steps, timers, accepted, in, out,\n"
    "           seconds, busy, waited, lost, faults\n";

static int stats_command(const struct command *command, int argc, char **argv)
{
    bool json = false;
    const struct option options[] = { { "--json", &json, NULL }, { NULL, NULL, NULL } };
    int n_words, status = take_options(command, options, false, argc, argv, &n_words);
    if (status >= 0)
        return status;
    if (n_words != 1)
        return usage_error(command, "one FILE", "");
    return stats_print(argv[0], json, stdout);
}

/* ---- export ---------------------------------------------------------------------------------- */

static const char about_export[] =
    "loopscope export FILE --to chrome [--from WHERE] [--to WHERE]\n"
    "\n"
    "Writes the trace in another format on standard output. FILE may be - for standard input.\n"
    "\n"
    "  --to chrome     Trace Event JSON, for Perfetto (ui.perfetto.dev), speedscope, "
    "chrome://tracing\n"
    "  --from WHERE    from this time on, in seconds, or from event #N\n"
    "  --to WHERE      up to this time or event\n"
    "\n"
    "Each line of the trace stands in args of exactly one event, as `record` or `ended`.\n";

static int export_command(const struct command *command, int argc, char **argv)
{
    const char *from = NULL, *to = NULL, *other_to = NULL;
    const struct option options[] = { { "--from", NULL, &from },
                                      { "--to", NULL, &to },
                                      { "--to", NULL, &other_to },
                                      { NULL, NULL, NULL } };
    struct range range;
    int n_words, status = take_options(command, options, false, argc, argv, &n_words);
    if (status >= 0)
        return status;
    if (n_words != 1)
        return usage_error(command, "one FILE", "");
    if (other_to != NULL && strcmp(other_to, "chrome") == 0) { /* in either order */
        other_to = to;
        to = "chrome";
    }
    if (to == NULL || strcmp(to, "chrome") != 0)
        return usage_error(command, "--to chrome is what there is", to != NULL ? to : "");
    if ((status = take_range(command, from, other_to, &range)) != GOOD)
        return status;
    return export_chrome(argv[0], &range, stdout);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static const struct command commands[] = {
    { "run", about_run, run_command },          { "attach", about_attach, attach_command },
    { "replay", about_replay, replay_command }, { "frame", about_frame, frame_command },
    { "print", about_print, print_command },    { "check", about_check, check_command },
    { "stats", about_stats, stats_command },    { "export", about_export, export_command },
};

static int run_by_name(const char *name, int argc, char **argv)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(&commands[i], argc, argv);
    fprintf(stderr, "loopscope: there is no command \"%s\".\nTry `loopscope --help`.\n", name);
    return USAGE;
}

/* The end of every command: what is left in stdout must get through. */
static int finish(int status)
{
    bool lost = fflush(stdout) != 0 || ferror(stdout);
    if (lost && errno != EPIPE && status == GOOD) {
        fprintf(stderr, "loopscope: standard output can't be written: %s\n", strerror(errno));
        return AT_FAULT;
    }
    return status;
}

/* A file that is opened would else take the place of a closed output, and get what is said there. */
static void hold_closed_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            return; /* still closed: to use it fails, as before */
}

int main(int argc, char **argv)
{
    hold_closed_streams();
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); /* numbers in traces have points */
    if (argc < 2) {
        fputs(about_all, stderr);
        return USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        fputs(about_all, stdout);
        return finish(GOOD);
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("loopscope " LOOPSCOPE_VERSION);
        return finish(GOOD);
    }
    return finish(run_by_name(argv[1], argc - 2, argv + 2));
}
