/*
 * quiz - learn quiz NN [--class]: a question alone on the terminal, or line by line.
 *
 * The terminal is given back as it was however this ends: viz/rescue.h sees to that, also when a
 * signal or a crash ends us. Without a terminal, or with a screen reader that works by lines
 * (TERM=dumb), the same page is printed and answers are read as lines.
 */
#include "quiz.h"

#include "command.h"
#include "rescue.h"
#include "terminal.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

const char quiz_usage[] =
    "learn quiz NN [--class]\n"
    "\n"
    "Shows the question of a lesson, alone and as large as the terminal allows, for a projector. "
    "The\n"
    "question, its choices and its answer are those of the lesson's recorded trace.\n"
    "\n"
    "  1 2 3 4     your answer; with --class a vote\n"
    "  Backspace   takes the last vote back\n"
    "  r           with --class: the answer, the tally, and why for each choice\n"
    "  j k         down and up, where the page is longer than the terminal\n"
    "  q           ends it\n"
    "\n"
    "Without --class the answer is told after the first key. Without a terminal (or with "
    "TERM=dumb)\n"
    "the same is printed line by line, and answers are read as lines: a number, b, r or q.\n"
    "Exit status: 0, or 2: wrong usage, or no such question.\n";

enum { ROWS = 24, COLUMNS = 80, FOOT = 2 };

/* ---- line by line ---------------------------------------------------------------------------- */

static void print_page(const struct quiz *quiz)
{
    static struct quiz_page page;
    quiz_lay_out(quiz, COLUMNS - 1, QUIZ_LINES, &page);
    for (int i = 0; i < page.n; i++) {
        text_print(stdout, slice_of(page.lines[i].text), quiz->ascii);
        putchar('\n');
    }
}

/* One line from the class. False: it was the last. */
static bool take_line(struct quiz *quiz, const char *line)
{
    bool was_revealed = quiz->revealed;
    bool one = line[0] != '\0' && line[1] == '\0';
    char *end;
    long number = strtol(line, &end, 10);
    if (one && line[0] == 'q')
        return false;
    if (one && line[0] == 'b' && quiz_take_back(quiz))
        printf("Taken back: %zu left.\n", quiz->n_votes);
    else if (one && line[0] == 'r' && quiz_reveal(quiz))
        ;
    else if (end != line && *end == '\0' && number >= 1 && number <= quiz->question->n &&
             quiz_vote(quiz, (int)number - 1))
        printf("Noted: %zu so far.\n", quiz->n_votes);
    else
        printf("A number from 1 to %d%s, or q.\n", quiz->question->n,
               quiz->class_view ? ", b (back), r (the answer)" : "");
    if (quiz->revealed && !was_revealed) {
        putchar('\n');
        print_page(quiz);
    }
    return !quiz->revealed;
}

static void run_in_lines(struct quiz *quiz)
{
    char line[256];
    print_page(quiz);
    do {
        printf("Answer: ");
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) == NULL) {
            putchar('\n');
            return;
        }
        line[strcspn(line, "\r\n")] = '\0';
    } while (take_line(quiz, line));
}

/* ---- on a terminal --------------------------------------------------------------------------- */

struct screen {
    struct rescue_plan plan;
    struct termios raw;
    int rows, columns, top;
    bool down; /* there is more below */
};

static const char begin_screen[] = "\033[?1049h\033[?25l\033[2J";
static const char end_screen[] = "\033[0m\033[?25h\033[?1049l";

static void send(const char *text)
{
    fputs(text, stdout);
    fflush(stdout);
}

static int enter(struct screen *screen)
{
    if (tcgetattr(STDIN_FILENO, &screen->plan.modes) < 0)
        return -errno;
    screen->raw = screen->plan.modes;
    screen->raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO); /* signals stay: rescue takes them */
    screen->raw.c_cc[VMIN] = 1;
    screen->raw.c_cc[VTIME] = 0;
    screen->plan.tty = STDOUT_FILENO;
    screen->plan.reset_size = strlen(end_screen);
    memcpy(screen->plan.reset, end_screen, screen->plan.reset_size);
    int rc = rescue_begin(&screen->plan);
    if (rc < 0)
        return rc;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &screen->raw);
    send(begin_screen);
    return 0;
}

static void leave(const struct screen *screen)
{
    send(end_screen);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &screen->plan.modes);
}

static void measure(struct screen *screen)
{
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0;
    screen->rows = known ? size.ws_row : ROWS;
    screen->columns = known ? size.ws_col : COLUMNS;
}

static void draw_line(const struct quiz *quiz, int margin, bool bold, const char *text)
{
    printf("%*s%s", margin, "", bold ? "\033[1m" : "");
    text_print(stdout, slice_of(text), quiz->ascii);
    printf("%s\033[K\r\n", bold ? "\033[0m" : "");
}

/* The keys that do something now, as many as fit. */
static void draw_foot(const struct quiz *quiz, const struct screen *screen)
{
    char line[QUIZ_TEXT];
    struct say say;
    say_init(&say, line, screen->columns < QUIZ_TEXT ? (size_t)screen->columns : sizeof line);
    if (!quiz->revealed)
        say_f(&say, "1-%d %s   ", quiz->question->n, quiz->class_view ? "a vote" : "your answer");
    if (!quiz->revealed && quiz->class_view)
        say_add(&say, "Backspace takes it back   r the answer   ");
    if (screen->down || screen->top > 0)
        say_add(&say, "j k there is more   ");
    say_add(&say, "q ends");
    printf("\033[%d;1H\033[7m%s\033[K\033[0m", screen->rows, line);
}

static void draw(const struct quiz *quiz, struct screen *screen)
{
    static struct quiz_page page;
    int margin = screen->columns >= 60 ? screen->columns / 12 : 0;
    int room = screen->rows > FOOT ? screen->rows - FOOT : 1;
    quiz_lay_out(quiz, screen->columns - 2 * margin - 1, room, &page);
    if (screen->top > page.n - room)
        screen->top = page.n > room ? page.n - room : 0;
    screen->down = screen->top + room < page.n;
    fputs("\033[H", stdout);
    for (int i = 0; i < room; i++) {
        int at = screen->top + i;
        draw_line(quiz, margin, at < page.n && page.lines[at].bold,
                  at < page.n ? page.lines[at].text : "");
    }
    fputs("\033[J", stdout);
    draw_foot(quiz, screen);
    fflush(stdout);
}

/* Signals that came. False: one asks for the end. */
static bool take_signals(struct screen *screen)
{
    int number;
    while ((number = rescue_next()) > 0) {
        if (number == SIGINT)
            return false;
        if (number == SIGTSTP) {
            leave(screen);
            rescue_suspend();
            tcsetattr(STDIN_FILENO, TCSADRAIN, &screen->raw);
            send(begin_screen);
        }
    }
    return true;
}

/* The arrows as j and k; other sequences are passed over. Answers where the key ends. */
static size_t read_key(const char *bytes, size_t n, size_t at, char *key)
{
    *key = bytes[at++];
    if (*key != '\033')
        return at;
    *key = 0;
    if (at >= n || (bytes[at] != '[' && bytes[at] != 'O'))
        return at;
    for (at++; at < n && (bytes[at] < '@' || bytes[at] > '~'); at++)
        continue;
    if (at < n)
        *key = bytes[at] == 'B' ? 'j' : bytes[at] == 'A' ? 'k' : 0;
    return at + 1;
}

/* False: it asks for the end. */
static bool take_key(struct quiz *quiz, struct screen *screen, char key)
{
    if (key == 'q' || key == 'Q')
        return false;
    if (key >= '0' && key <= '9')
        quiz_vote(quiz, key == '0' ? 9 : key - '1');
    else if (key == '\b' || key == 127)
        quiz_take_back(quiz);
    else if (key == 'r' || key == 'R')
        quiz_reveal(quiz);
    else if (key == 'j' && screen->down)
        screen->top++;
    else if (key == 'k' && screen->top > 0)
        screen->top--;
    return true;
}

static bool take_keys(struct quiz *quiz, struct screen *screen)
{
    char bytes[64], key;
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n <= 0)
        return n < 0 && (errno == EINTR || errno == EAGAIN);
    for (size_t at = 0; at < (size_t)n;) {
        at = read_key(bytes, (size_t)n, at, &key);
        if (!take_key(quiz, screen, key))
            return false;
    }
    return true;
}

static int run_on_terminal(struct quiz *quiz)
{
    struct screen screen = { .top = 0 };
    int rc = enter(&screen);
    if (rc < 0)
        return rc;
    struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
                            { .fd = rescue_fd(), .events = POLLIN } };
    bool more = true;
    while (more) {
        measure(&screen);
        draw(quiz, &screen);
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            break;
        more = take_signals(&screen);
        if (more && (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
            more = take_keys(quiz, &screen);
        fds[0].revents = fds[1].revents = 0;
    }
    leave(&screen);
    rescue_end();
    return 0;
}

/* ---- the command ----------------------------------------------------------------------------- */

static int find_question(const struct course *course, const struct lesson *lesson,
                         struct question *question)
{
    char path[PATH_MAX];
    int rc =
        question_find(question, course_path(course, path, "lessons/traces/%s.jsonl", lesson->name));
    if (rc > 0)
        return 0;
    fprintf(stderr, "learn quiz: no question could be taken from %s: %s\n", path,
            rc < 0 ? strerror(-rc) : "there is none in it");
    return -1;
}

int quiz_command(const struct command *command, struct course *course, int argc, char **argv)
{
    static struct quiz quiz;
    struct question question;
    char number[16];
    const struct flag flags[] = { { "--class", &quiz.class_view, NULL }, { NULL, NULL, NULL } };
    int words = command_words(command, flags, 1, argc, argv);
    if (words < 0)
        return USAGE_WRONG;
    if (words == 0)
        return command_wrong(command, "of which lesson?", "");
    const struct lesson *lesson = course_lesson(course, argv[0]);
    if (lesson == NULL || find_question(course, lesson, &question) < 0)
        return USAGE_WRONG;
    snprintf(number, sizeof number, "%02d", lesson->number);
    quiz.question = &question;
    quiz.lesson = number;
    quiz.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    if (!terminal_is_there() || run_on_terminal(&quiz) < 0)
        run_in_lines(&quiz);
    question_free(&question);
    return PASSED;
}
