/*
 * test_viz_explain - each kind of event has its sentence, with this event's names and numbers.
 */
#include "viz_support.h"
#include "explain.h"

/* The sentence for one event after what came before it. */
static const char *sentence(const char *before, const char *rest)
{
    static char out[EXPLAIN_SIZE];
    char line[2000];
    struct event event;
    struct model *model = model_of(before);
    event_init(&event);
    snprintf(line, sizeof line, "{\"t\":1.000000000,\"n\":50,\"ev\":%s}", rest);
    if (event_parse(&event, slice_of(line)) != 0)
        fail_msg("%s: %s", event.fault, line);
    model_apply(model, &event);
    explain(out, sizeof out, &event, model);
    event_fini(&event);
    model_destroy(model);
    return out;
}

#define E(n, rest) "{\"t\":0.500000000,\"n\":" n ",\"ev\":" rest "}\n"
#define TIMER_6                                                                                    \
    E("1", "\"timer:set\",\"timer\":\"timer#6\",\"wakes\":\"main#1\",\"due\":1.997000000,"         \
           "\"delay\":1.497000000")
#define MAIN                                                                                       \
    E("2", "\"task:new\",\"task\":\"main#1\",\"name\":\"main\",\"parent\":\"program\",\"fn\":"     \
           "\"f\",\"src\":\"a.c:1\"")
#define OTHER                                                                                      \
    E("3", "\"task:new\",\"task\":\"other#2\",\"name\":\"other\",\"parent\":\"program\",\"fn\":"   \
           "\"f\",\"src\":\"a.c:1\"")
#define READY(n, id) E(n, "\"task:ready\",\"task\":\"" id "\",\"by\":\"program\",\"why\":\"new\"")

static void waiting_is_explained_by_its_cause(void **state)
{
    (void)state;
    assert_string_equal(sentence(TIMER_6, "\"select:enter\",\"timeout\":0.997000000,\"until\":"
                                          "\"timer#6\",\"nfds\":5,\"read\":1,\"write\":0"),
                        "Nothing is ready, so the loop asks select() to wait until timer 6 is due, "
                        "0.997 s from now, or until the descriptor that it watches is ready.");
    assert_string_equal(
        sentence("", "\"select:enter\",\"timeout\":null,\"nfds\":5,\"read\":2,\"write\":1"),
        "Nothing is ready and no timer is set, so the loop asks select() to wait, for as long as "
        "it takes, until one of the descriptors that it watches is ready.");
    assert_string_equal(/* fd 5, watched for both, is one */
                        sentence(
                            TIMER_6 E("4",
                                      "\"watch:add\",\"fd\":4,\"for\":\"read\",\"who\":\"loop\"")
                                E("5", "\"watch:add\",\"fd\":5,\"for\":\"read\",\"who\":\"conn#7\"")
                                    E("6", "\"watch:add\",\"fd\":5,\"for\":\"write\",\"who\":"
                                           "\"conn#7\""),
                            "\"select:enter\",\"timeout\":0.997000000,\"until\":\"timer#6\","
                            "\"nfds\":6,\"read\":2,"
                            "\"write\":1"),
                        "Nothing is ready, so the loop asks select() to wait until timer 6 is due, "
                        "0.997 s from now, "
                        "or until one of the 2 descriptors that it watches is ready.");
    assert_string_equal(
        sentence(MAIN READY("4", "main#1"), "\"select:enter\",\"timeout\":0.000000000,\"until\":"
                                            "\"ready\",\"nfds\":5,\"read\":1,\"write\":0"),
        "1 handle is ready to run, so the loop asks select() only which descriptors are ready now, "
        "without waiting.");
}

static void a_task_made_ready_is_told_its_cause_and_its_place(void **state)
{
    (void)state;
    assert_string_equal(
        sentence(MAIN OTHER READY("4", "other#2"),
                 "\"task:ready\",\"task\":\"main#1\",\"by\":\"timer#6\",\"why\":\"timer\""),
        "Timer 6 was due, so main#1 is ready to go on: it enters the ready queue; 1 handle is "
        "ahead of it.");
    assert_string_equal(
        sentence(MAIN, "\"task:ready\",\"task\":\"main#1\",\"by\":\"viewer\",\"why\":\"cancel\""),
        "A viewer cancelled main#1, so it is ready: when its turn comes it ends without ever "
        "having run; nothing is ahead of it.");
}

/* A reader of its own descriptor, a connection, and main#1, which runs. */
#define HEAD_AND_FDS                                                                               \
    "{\"t\":0.000000000,\"n\":0,\"ev\":\"trace:head\",\"version\":1}\n" MAIN E(                    \
        "3", "\"watch:add\",\"fd\":5,\"for\":\"read\",\"who\":\"call#3\"")                         \
        E("4", "\"watch:add\",\"fd\":7,\"for\":\"read\",\"who\":\"conn#9\"")                       \
            E("5", "\"conn:open\",\"conn\":\"conn#9\",\"fd\":7,\"state\":\"connected\"")           \
                READY("6", "main#1")
#define FOUND(fds)                                                                                 \
    E("7", "\"select:enter\",\"timeout\":null,\"nfds\":8,\"read\":2,\"write\":0")                  \
    E("8", "\"select:leave\",\"took\":0.100000000,\"ready\":1,\"read\":[" fds "],\"write\":[]")
#define RUNS E("9", "\"task:begin\",\"task\":\"main#1\",\"step\":1")
#define READER "\"task:ready\",\"task\":\"reader#2\",\"by\":\"conn#9\",\"why\":\"read\""
#define TAKE "\"call:ready\",\"call\":\"call#3\",\"fn\":\"take\",\"by\":\"loop\",\"why\":\"read\""
#define NEXT " enters the ready queue; 1 handle is ahead of it."

static void a_handle_made_ready_is_told_what_truly_did_it(void **state)
{
    static const struct {
        const char *before, *rest, *sentence;
    } all[] = {
        { HEAD_AND_FDS FOUND("7"), READER,
          "Connection 9 has something to read, so reader#2 is ready to go on: it" NEXT },
        { HEAD_AND_FDS FOUND("7") E("9", "\"conn:eof\",\"conn\":\"conn#9\""), READER,
          "The peer of connection 9 has finished sending, so reader#2 is ready to go on: it" NEXT },
        { HEAD_AND_FDS FOUND("") RUNS E("10", "\"conn:close\",\"conn\":\"conn#9\""), READER,
          "Connection 9 was closed, so reader#2 is ready to go on: it enters the ready queue; "
          "nothing is ahead of it." },
        { HEAD_AND_FDS FOUND("5,7"), TAKE, "fd 5 has something to read, so call 3 (take)" NEXT },
        { MAIN READY("4", "main#1"), TAKE,
          "A descriptor has something to read, so call 3 (take)" NEXT },
        { HEAD_AND_FDS FOUND("") RUNS,
          "\"task:ready\",\"task\":\"sleeper#2\",\"by\":\"main#1\",\"why\":\"timer\"",
          "main#1 woke sleeper#2, whose time is up, so it is ready to go on: it enters the ready "
          "queue; nothing is ahead of it." },
        { HEAD_AND_FDS FOUND("") RUNS,
          "\"task:ready\",\"task\":\"other#2\",\"by\":\"main#1\",\"why\":\"wake\"",
          "main#1 woke other#2, so it is ready to go on: it enters the ready queue; nothing is "
          "ahead of it." },
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_string_equal(sentence(all[i].before, all[i].rest), all[i].sentence);
}

static void a_turn_does_not_wait_for_what_is_overdue(void **state)
{
    (void)state;
    assert_string_equal(
        sentence(
            E("1", "\"timer:set\",\"timer\":\"timer#6\",\"wakes\":\"main#1\",\"due\":0.600000000"),
            "\"loop:turn\",\"turn\":3,\"ready\":0,\"timers\":1"),
        "Turn 3 begins: nothing is ready, but timer 6 is overdue, so there is no time to wait.");
}

static void one_sentence_for_each_kind(void **state)
{
    static const struct {
        const char *rest, *sentence;
    } kinds[] = {
        { "\"trace:head\",\"format\":\"loopscope\",\"version\":1,\"program\":\"p\",\"pid\":7,"
          "\"clock\":\"real\"",
          "Here begins a further piece of the trace of p, process 7." },
        { "\"trace:source\",\"file\":\"a.c\",\"text\":\"x\"",
          "The trace carries the source file a.c." },
        { "\"trace:gap\",\"lost\":3,\"from\":48,\"to\":50",
          "3 events are missing here (numbers 48 to 50): whoever wrote this trace could not keep "
          "up. What is shown next comes from the loop's own record." },
        { "\"trace:hold\",\"took\":2.500000000,\"by\":\"viewer\"",
          "A viewer held the program for 2.500 s." },
        { "\"trace:control\",\"line\":\"dance\",\"error\":\"unknown\"",
          "A viewer sent the line \"dance\", which was refused: unknown." },
        { "\"trace:end\",\"events\":50,\"lost\":0,\"how\":\"signal\",\"status\":11",
          "The trace ends here: the program was killed by a signal, number 11, after 50 events." },
        { "\"loop:run\",\"how\":\"forever\"",
          "The loop starts to run for ever, which means until somebody asks it to stop." },
        { "\"loop:turn\",\"turn\":3,\"ready\":0,\"timers\":2",
          "Turn 3 begins: nothing is ready, 2 timers are set, so the loop may wait until the first "
          "of them is due." },
        { "\"loop:stop\",\"by\":\"main#1\"",
          "main#1 asks the loop to stop. It will, after one turn." },
        { "\"loop:stopped\",\"why\":\"stop\",\"turns\":1",
          "The loop stops, because it was asked to, after 1 turn." },
        { "\"select:leave\",\"took\":0.997000000,\"ready\":0,\"read\":[],\"write\":[]",
          "select() returns after 0.997 s: no descriptor is ready." },
        { "\"select:leave\",\"took\":0.010000000,\"error\":\"EINTR\"",
          "A signal interrupted select() after 10 ms; the loop will call it again." },
        { "\"task:new\",\"task\":\"new#9\",\"parent\":\"main#1\",\"fn\":\"work\"",
          "main#1 makes the task new#9 from work(). It does not run yet: the loop will begin it." },
        { "\"task:begin\",\"task\":\"main#1\",\"step\":1,\"waited\":0.000001288,\"src\":\"a.c:17\"",
          "main#1 runs for the first time, after 1.29 us in the ready queue. Until this step ends, "
          "nothing else can run." },
        { "\"task:await\",\"task\":\"main#1\",\"on\":\"timer\",\"what\":\"timer#6\",\"due\":2."
          "000000000,\"expr\":\"task_sleep(1.0)\"",
          "main#1 will wait until timer 6 is due, 1 s from now: await(task_sleep(1.0))." },
        { "\"task:await\",\"task\":\"main#1\",\"on\":\"lock\",\"what\":\"lock#4\"",
          "main#1 will wait until it may have lock#4." },
        { "\"task:end\",\"task\":\"main#1\",\"took\":0.000012000,\"next\":\"await\"",
          "main#1 gives the thread back to the loop and waits; this step took 12 us. The ready "
          "queue is empty." },
        { "\"task:cancel\",\"task\":\"main#1\",\"by\":\"loop\"",
          "The loop cancels main#1, which has not run yet." },
        { "\"task:done\",\"task\":\"main#1\",\"how\":\"failed\",\"error\":\"EIO\",\"steps\":0,"
          "\"cpu\":0.000000000",
          "main#1 is done: it failed with EIO." },
        { "\"call:ready\",\"call\":\"call#5\",\"fn\":\"tick\",\"by\":\"program\",\"why\":\"soon\"",
          "The program asked for call 5 (tick) to run soon, so it enters the ready queue; nothing "
          "is ahead of it." },
        { "\"call:begin\",\"call\":\"call#5\",\"waited\":0.000001000",
          "Call 5 runs, after 1 us in the ready queue. A plain call can't wait: it runs to its "
          "end." },
        { "\"call:cancel\",\"call\":\"call#5\"", "Call 5 is cancelled: it will not run." },
        { "\"timer:set\",\"timer\":\"timer#7\",\"wakes\":\"main#1\",\"due\":2.000000000,\"delay\":"
          "1.000000000",
          "Timer 7 is set: it will make main#1 ready in 1 s, not before." },
        { "\"timer:fire\",\"timer\":\"timer#6\",\"wakes\":\"main#1\",\"late\":0.000213456",
          "Timer 6 is due and fires, 213 us late: it makes main#1 ready." },
        { "\"timer:cancel\",\"timer\":\"timer#6\",\"left\":0.300000000",
          "Timer 6 is cancelled, 0.300 s before it was due: it will not fire." },
        { "\"watch:add\",\"fd\":5,\"for\":\"write\",\"who\":\"conn#9\"",
          "From now on select() watches fd 5, to see when it can be written, for connection 9." },
        { "\"watch:drop\",\"fd\":5,\"for\":\"read\"",
          "select() no longer watches fd 5 for reading." },
        { "\"server:listen\",\"server\":\"server#3\",\"fd\":5,\"addr\":\"127.0.0.1:8888\","
          "\"backlog\":100",
          "Server 3 listens at 127.0.0.1:8888 (fd 5): clients can connect now; the kernel keeps "
          "100 of them waiting at most." },
        { "\"server:accept\",\"server\":\"server#3\",\"conn\":\"conn#9\",\"fd\":7,\"peer\":\"127.0."
          "0.1:5\"",
          "Server 3 accepts a client from 127.0.0.1:5: connection 9, a descriptor of its own (fd "
          "7)." },
        { "\"server:refuse\",\"server\":\"server#3\",\"error\":\"EMFILE\",\"pause\":1.000000000",
          "Server 3 could not accept a client: EMFILE, no descriptor is free. It tries again in 1 "
          "s." },
        { "\"server:close\",\"server\":\"server#3\",\"accepted\":1",
          "Server 3 listens no more. It had accepted 1 client; connections that are open stay "
          "open." },
        { "\"conn:open\",\"conn\":\"conn#9\",\"peer\":\"h:1\",\"state\":\"connecting\"",
          "Connection 9 is on its way to h:1: the loop does not wait for the answer, select() will "
          "tell." },
        { "\"conn:open\",\"conn\":\"conn#9\",\"peer\":\"unix\",\"state\":\"closing\"",
          "Connection 9 will be closed once all is sent to its peer." },
        { "\"conn:read\",\"conn\":\"conn#9\",\"bytes\":12",
          "12 bytes were read from connection 9, without waiting: they had come already." },
        { "\"conn:write\",\"conn\":\"conn#9\",\"bytes\":12,\"queued\":3",
          "The kernel took 12 bytes to send on connection 9; 3 bytes wait in the program until it "
          "takes more." },
        { "\"conn:eof\",\"conn\":\"conn#9\"",
          "The peer of connection 9 has finished sending: nothing more will come from it." },
        { "\"conn:error\",\"conn\":\"conn#9\",\"op\":\"read\",\"error\":\"ECONNRESET\"",
          "Connection 9 broke on read: ECONNRESET." },
        { "\"conn:close\",\"conn\":\"conn#9\",\"in\":5,\"out\":7",
          "Connection 9 is closed, after 5 bytes in and 7 out." },
        { "\"signal:got\",\"signal\":\"SIGINT\",\"does\":\"cancel main\"",
          "The signal SIGINT (Ctrl-C) came, and the loop deals with it between handles: cancel "
          "main." },
        { "\"wake:sent\",\"by\":\"thread\"",
          "A thread wrote a byte to the loop's wake-up descriptor, so that select() returns." },
        { "\"thread:done\",\"job\":\"job#3\",\"fn\":\"resolve\",\"took\":0.250000000",
          "The thread has finished resolve() after 0.250 s." },
        { "\"child:exit\",\"child\":\"child#3\",\"status\":1",
          "The child process child#3 has exited with status 1." },
        { "\"sync:wait\",\"what\":\"lock#4\",\"task\":\"main#1\",\"value\":0",
          "main#1 has to wait for lock#4, which stands at 0." },
        { "\"sync:give\",\"what\":\"queue#4\",\"task\":\"main#1\"", "queue#4 is given to main#1." },
        { "\"out:line\",\"stream\":\"stdout\",\"text\":\"Running...\",\"task\":\"main#1\"",
          "main#1 prints: Running..." },
        { "\"note:say\",\"text\":\"Look.\"", "Note: Look." },
        { "\"note:mark\",\"name\":\"half\"", "The program marks this place: half." },
        { "\"note:ask\",\"text\":\"Who?\",\"choices\":[\"a\",\"b\"],\"answer\":1",
          "Question: Who?  1) a  2) b" },
        { "\"note:answered\",\"choice\":1,\"took\":3.000000000",
          "The question was answered with choice 2 after 3 s." },
        { "\"warn:spinning\",\"turns\":1000",
          "Spinning: the loop took 1000 turns without ever waiting, and burns a whole processor. "
          "Something asks again and again: let it await what it looks for." },
        { "\"warn:lost_task\",\"task\":\"main#1\"",
          "Lost task: main#1 was dropped before it was done, at a.c:1, and the rest of it will "
          "never run. "
          "Keep hold of it and wait for it, or cancel it." },
        { "\"odd:event\",\"x\":1",
          "An event of a kind that this viewer does not know: odd:event." },
    };
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        assert_string_equal(sentence(TIMER_6 MAIN, kinds[i].rest), kinds[i].sentence);
}

/* What is wrong, where, why it matters, what to do: of a loop in which a step of 0.25 s stood in the
 * way of a timer and of another task. */
static void warnings_name_the_line_and_who_kept_the_thread(void **state)
{
    static const char before[] =
        "{\"t\":0.750000000,\"n\":1,\"ev\":\"task:new\",\"task\":\"slow#1\",\"src\":\"a.c:9\"}\n"
        "{\"t\":0.750000000,\"n\":2,\"ev\":\"task:ready\",\"task\":\"slow#1\",\"why\":\"new\"}\n"
        "{\"t\":0.750000000,\"n\":3,\"ev\":\"task:new\",\"task\":\"late#2\",\"src\":\"b.c:5\"}\n"
        "{\"t\":0.750000000,\"n\":4,\"ev\":\"task:begin\",\"task\":\"slow#1\",\"step\":1}\n"
        "{\"t\":1.000000000,\"n\":5,\"ev\":\"task:await\",\"task\":\"slow#1\",\"on\":\"timer\","
        "\"src\":\"a.c:12\"}\n"
        "{\"t\":1.000000000,\"n\":6,\"ev\":\"task:end\",\"task\":\"slow#1\",\"took\":0.250000000,"
        "\"next\":\"await\"}\n";
    static const struct {
        const char *rest, *words[3];
    } warnings[] = {
        { "\"warn:slow_step\",\"task\":\"slow#1\",\"took\":0.250000000,\"limit\":0.100000000",
          { "slow#1 kept the thread for 0.250 s", "at a.c:12", "give the work to a thread" } },
        { "\"warn:slow_turn\",\"took\":0.250000000,\"limit\":0.100000000,\"steps\":3",
          { "3 steps ran for 0.250 s", "The longest was slow#1's, 0.250 s, at a.c:12",
            "Let fewer" } },
        { "\"warn:late_timer\",\"timer\":\"timer#3\",\"late\":0.200000000",
          { "timer 3 fired 0.200 s after it was due",
            "slow#1 kept the thread for 0.250 s, at a.c:12", "Steps must be short" } },
        { "\"warn:starving\",\"task\":\"late#2\",\"waited\":0.200000000",
          { "late#2 stood in the ready queue for 0.200 s", "at b.c:5",
            "slow#1 kept the thread for 0.250 s, at a.c:12" } },
        { "\"warn:spinning\",\"turns\":1000",
          { "burns a whole processor", "slow#1 that ran last, at a.c:12", "let it await" } },
        { "\"warn:swallowed\",\"task\":\"late#2\"",
          { "went on all the same", "at b.c:5", "let the cancel pass" } },
        { "\"warn:unread\",\"task\":\"late#2\",\"error\":\"EIO\"",
          { "failed with EIO, at b.c:5", "nobody looked", "Await it" } },
        { "\"warn:stack\",\"task\":\"slow#1\",\"used\":52000,\"size\":65536",
          { "slow#1 waits with 52000 bytes of its stack in use, of 65536", "at a.c:12",
            "keep large arrays off the stack" } },
        { "\"warn:fds\",\"fd\":950,\"limit\":1024",
          { "fd 950 is watched", "this process may have 1024", "close what is done with" } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++)
        for (size_t word = 0; word < 3; word++)
            if (strstr(sentence(before, warnings[i].rest), warnings[i].words[word]) == NULL)
                fail_msg("\"%s\" is not in %s", warnings[i].words[word],
                         sentence(before, warnings[i].rest));
}

/* A timer that is late by itself, without a long step behind it, is laid at nobody's door. */
static void short_steps_are_blamed_for_nothing(void **state)
{
    static const char before[] =
        "{\"t\":0.000000001,\"n\":1,\"ev\":\"task:new\",\"task\":\"quick#1\",\"src\":\"a.c:9\"}\n"
        "{\"t\":0.000000001,\"n\":2,\"ev\":\"task:ready\",\"task\":\"quick#1\",\"why\":\"new\"}\n"
        "{\"t\":0.900000000,\"n\":3,\"ev\":\"task:begin\",\"task\":\"quick#1\",\"step\":1}\n"
        "{\"t\":0.900001000,\"n\":4,\"ev\":\"task:end\",\"task\":\"quick#1\",\"took\":0.000001000,"
        "\"next\":\"yield\"}\n";
    const char *text =
        sentence(before, "\"warn:late_timer\",\"timer\":\"timer#3\",\"late\":0.200000000");
    (void)state;
    assert_null(strstr(text, "quick#1"));
}

/* Every kind, with none of its keys at all, and with every key of a wrong type. */
static void sentences_do_without_what_is_missing(void **state)
{
    static const char *const keys[] = { "task",    "call", "timer", "conn", "server",  "took",
                                        "late",    "fd",   "peer",  "text", "why",     "by",
                                        "choices", "due",  "on",    "what", "timeout", "read",
                                        "argv",    "lost", "error" };
    char rest[2000];
    (void)state;
    for (int kind = EV_TRACE_HEAD; kind < EV_KINDS; kind++) {
        snprintf(rest, sizeof rest, "\"%s\"", event_kind_name((enum event_kind)kind));
        assert_true(strlen(sentence("", rest)) > 5);
        for (int form = 0; form < 4; form++) {
            static const char *const values[] = { "-7", "[[]]", "{\"a\":{}}",
                                                  "\"\\u001b[2J\\u202e\\n\"" };
            size_t len = (size_t)snprintf(rest, sizeof rest, "\"%s\"",
                                          event_kind_name((enum event_kind)kind));
            for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
                len += (size_t)snprintf(rest + len, sizeof rest - len, ",\"%s\":%s", keys[i],
                                        values[form]);
            const char *said = sentence("", rest);
            assert_true(strlen(said) > 5);
            assert_true(is_clean(said, strlen(said)) && strchr(said, '\n') == NULL);
        }
        assert_true(strlen(explain_title((enum event_kind)kind)) > 2);
    }
}

static void every_sentence_of_a_whole_trace_ends_well(void **state)
{
    struct model *model = model_create();
    struct event event;
    size_t len;
    char *bytes = file_bytes(CROWD, &len), out[EXPLAIN_SIZE], small[40];
    (void)state;
    event_init(&event);
    for (char *at = bytes, *lf; (lf = strchr(at, '\n')) != NULL; at = lf + 1) {
        assert_int_equal(event_parse(&event, (struct slice){ at, (size_t)(lf - at) }), 0);
        model_apply(model, &event);
        size_t said = explain(out, sizeof out, &event, model);
        assert_int_equal(said, strlen(out));
        assert_true(is_clean(out, said));
        assert_null(strstr(out, "?)"));
        assert_true(explain(small, sizeof small, &event, model) < sizeof small);
    }
    event_fini(&event);
    model_destroy(model);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting_is_explained_by_its_cause),
        cmocka_unit_test(a_task_made_ready_is_told_its_cause_and_its_place),
        cmocka_unit_test(a_handle_made_ready_is_told_what_truly_did_it),
        cmocka_unit_test(a_turn_does_not_wait_for_what_is_overdue),
        cmocka_unit_test(one_sentence_for_each_kind),
        cmocka_unit_test(warnings_name_the_line_and_who_kept_the_thread),
        cmocka_unit_test(short_steps_are_blamed_for_nothing),
        cmocka_unit_test(sentences_do_without_what_is_missing),
        cmocka_unit_test(every_sentence_of_a_whole_trace_ends_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
