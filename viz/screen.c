/*
 * screen.c - the viewer in a terminal: the only file that knows ncurses
 *
 *     keys, mouse ---> viewer ---> view_draw() ---> canvas ---> cells that changed ---> ncurses
 *     signals  ------>   ^
 *     trace bytes -------'
 *
 * One loop, one poll(): keys are answered when they come, whatever the trace does. A picture is drawn
 * when something has changed, at most 30 times a second; ncurses sends what differs.
 *
 * The C library may think a character wider or narrower than text.h does. Where they differ a '?' is
 * drawn, since a row that ncurses and we count differently would run over its neighbours.
 */
#include "screen.h"

#include "canvas.h"
#include "glyph.h"
#include "keys.h"
#include "rescue.h"
#include "source.h"
#include "viewer_pair.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

/* term.h makes macros of these plain words. */
#undef lines
#undef columns
#undef buttons

enum { FRAME_NS = 33000000, KEYS_AT_ONCE = 64 };

struct screen {
    FILE *input; /* the terminal, when standard input is something else */
    SCREEN *curses;
    struct canvas *canvas, *shown; /* drawn now, and what ncurses has already */
    bool ascii, colour, shades;    /* shades: of 256 */
    bool has_two;
    struct viewer one; /* or, of two traces: */
    struct pair two;
};

/* The one that has the keys. */
static struct viewer *viewer_of(struct screen *screen)
{
    return screen->has_two ? pair_leader(&screen->two) : &screen->one;
}

static int64_t wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

bool screen_is_possible(void)
{
    char const *term = getenv("TERM");
    char const *move;
    bool can_move;
    int problem;

    if (!isatty(STDOUT_FILENO) || !term || !*term || strcmp(term, "dumb") == 0)
        return false;
    if (setupterm(NULL, STDOUT_FILENO, &problem) != OK)
        return false;
    move = tigetstr("cup");
    can_move = move && move != (char const *)-1;
    del_curterm(cur_term);
    return can_move;
}

/* ---- the terminal -------------------------------------------------------------------------- */

/* What puts the terminal back, made ready now: a handler of a crash can only write() it. */
static struct rescue_plan *made_plan;

static int add_to_plan(int byte)
{
    if (made_plan->reset_size < RESCUE_RESET_MAX)
        made_plan->reset[made_plan->reset_size++] = (char)byte;
    return byte;
}

/* Of the terminal that ncurses has begun with; its modes were noted before that. */
static void make_plan(struct rescue_plan *plan, struct source *source)
{
    static char const *const names[] = { "rmkx", "sgr0", "op", "cnorm", "rmcup" };
    char const *mouse = tigetstr("kmous");

    plan->tty = STDOUT_FILENO;
    plan->program = source_pid(source);
    made_plan = plan;
    if (mouse && mouse != (char const *)-1)
        tputs("\033[?1000l\033[?1002l\033[?1003l\033[?1006l", 1, add_to_plan);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char const *text = tigetstr(names[i]);

        if (text && text != (char const *)-1)
            tputs(text, 1, add_to_plan);
    }
    if (!tigetstr("rmcup")) /* no second screen: at least begin a new line */
        add_to_plan('\n');
    made_plan = NULL;
}

static void start_colours(struct screen *screen)
{
    char const *no_colour = getenv("NO_COLOR");

    screen->colour = has_colors() && !(no_colour && *no_colour);
    if (!screen->colour)
        return;
    start_color();
    use_default_colors();
    screen->shades = COLORS >= 256;
    for (int ink = 0; ink < 8; ink++)
        init_pair((short)(ink + 1), (short)(screen->shades ? canvas_shade(ink) : ink), -1);
}

static int open_input(struct screen *screen)
{
    if (isatty(STDIN_FILENO))
        return 0;
    screen->input = fopen("/dev/tty", "re");
    return screen->input ? 0 : -ENOTTY;
}

static int start(struct screen *screen)
{
    int rc = open_input(screen);

    if (rc < 0)
        return rc;
    screen->curses = newterm(NULL, stdout, screen->input ? screen->input : stdin);
    if (!screen->curses)
        return -EINVAL;
    set_term(screen->curses);
    raw(); /* Ctrl-C and Ctrl-Z come as keys */
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(25);
    curs_set(0);
    mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
    mouseinterval(0);
    start_colours(screen);
    return 0;
}

static void stop(struct screen *screen)
{
    if (screen->curses) {
        endwin();
        delscreen(screen->curses);
    }
    if (screen->input)
        fclose(screen->input);
    canvas_destroy(screen->canvas);
    canvas_destroy(screen->shown);
}

/* ---- drawing ------------------------------------------------------------------------------- */

static attr_t attributes(struct look look)
{
    attr_t attr = A_NORMAL;

    if (look.bold)
        attr |= A_BOLD;
    if (look.faint)
        attr |= A_DIM;
    if (look.reverse)
        attr |= A_REVERSE;
    if (look.underline)
        attr |= A_UNDERLINE;
    return attr;
}

/* A cell's characters as ncurses wants them. */
static void cell_text(struct screen const *screen, struct cell const *cell, wchar_t *text)
{
    int size = 0;

    if (screen->ascii) {
        text[size++] = (wchar_t)(unsigned char)glyph_ascii(cell->glyph);
    } else if (wcwidth((wchar_t)cell->glyph) != text_width(cell->glyph)) {
        text[size++] = L'?';
    } else {
        text[size++] = (wchar_t)cell->glyph;
        for (int i = 0; i < 2 && cell->mark[i]; i++)
            if (wcwidth((wchar_t)cell->mark[i]) == 0)
                text[size++] = (wchar_t)cell->mark[i];
    }
    text[size] = L'\0';
}

static void draw_cell(struct screen const *screen, int row, int col, struct cell const *cell)
{
    struct look look = canvas_look((enum style)cell->style);
    int ink = screen->shades ? look.ink : look.basic;
    short pair = screen->colour && ink >= 0 ? (short)(ink + 1) : 0;
    wchar_t text[4];
    cchar_t out;

    cell_text(screen, cell, text);
    setcchar(&out, text, attributes(look), pair, NULL);
    mvadd_wch(row, col, &out);
    if (text_width(cell->glyph) == 2 && (screen->ascii || wcwidth(text[0]) < 2)) {
        setcchar(&out, L"?", attributes(look), pair, NULL);
        mvadd_wch(row, col + 1, &out);
    }
}

static void draw_changes(struct screen *screen)
{
    for (int row = 0; row < canvas_rows(screen->canvas); row++) {
        for (int col = 0; col < canvas_cols(screen->canvas); col++) {
            struct cell const *cell = canvas_cell(screen->canvas, row, col);

            if (cell->glyph == 0 ||
                memcmp(cell, canvas_cell(screen->shown, row, col), sizeof(*cell)) == 0)
                continue;
            draw_cell(screen, row, col, cell);
        }
    }
}

/* The old picture is forgotten: the next one is drawn whole. */
static int fit(struct screen *screen)
{
    struct winsize size;
    int rows = LINES, cols = COLS;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
        rows = size.ws_row;
        cols = size.ws_col;
    }
    resizeterm(rows, cols);
    canvas_destroy(screen->canvas);
    canvas_destroy(screen->shown);
    screen->canvas = canvas_create(rows, cols);
    screen->shown = canvas_create(rows, cols);
    if (!screen->canvas || !screen->shown)
        return -ENOMEM;
    rows = canvas_rows(screen->canvas);
    cols = canvas_cols(screen->canvas);
    if (screen->has_two)
        pair_fit(&screen->two, rows, cols);
    screen->one.rows = rows;
    screen->one.cols = cols;
    clear();
    clearok(curscr, TRUE);
    return 0;
}

static void draw(struct screen *screen)
{
    struct canvas *other = screen->shown;

    if (screen->has_two)
        pair_draw(screen->canvas, &screen->two);
    else
        view_draw(screen->canvas, &screen->one.view, screen->one.history);
    draw_changes(screen);
    refresh();
    screen->shown = screen->canvas;
    screen->canvas = other;
}

/* ---- keys ---------------------------------------------------------------------------------- */

static int code_of_special(wint_t key)
{
    switch (key) {
    case KEY_LEFT: return KEYS_LEFT;
    case KEY_RIGHT: return KEYS_RIGHT;
    case KEY_SLEFT: return KEYS_SHIFT_LEFT;
    case KEY_SRIGHT: return KEYS_SHIFT_RIGHT;
    case KEY_UP: return KEYS_UP;
    case KEY_DOWN: return KEYS_DOWN;
    case KEY_PPAGE: return KEYS_PAGE_UP;
    case KEY_NPAGE: return KEYS_PAGE_DOWN;
    case KEY_HOME: return KEYS_HOME;
    case KEY_END: return KEYS_END;
    case KEY_ENTER: return KEYS_ENTER;
    case KEY_BACKSPACE: return KEYS_BACKSPACE;
    case KEY_BTAB: return KEYS_SHIFT_TAB;
    case KEY_F(1): return KEYS_F1;
    default: return 0;
    }
}

static int code_of_character(wint_t key)
{
    switch (key) {
    case 3: return KEYS_CTRL_C;
    case 8:
    case 127: return KEYS_BACKSPACE;
    case 9: return KEYS_TAB;
    case 10:
    case 13: return KEYS_ENTER;
    case 12: return KEYS_CTRL_L;
    case 26: return KEYS_CTRL_Z;
    case 27: return KEYS_ESCAPE;
    default: return key >= ' ' && key < KEYS_LEFT ? (int)key : 0;
    }
}

static void take_mouse(struct screen *screen)
{
    enum viewer_button button;
    MEVENT event;

    if (getmouse(&event) != OK)
        return;
    if (event.bstate & BUTTON1_PRESSED)
        button = BUTTON_CLICK;
    else if (event.bstate & BUTTON4_PRESSED)
        button = BUTTON_WHEEL_UP;
    else if (event.bstate & BUTTON5_PRESSED)
        button = BUTTON_WHEEL_DOWN;
    else
        return;
    if (screen->has_two)
        pair_mouse(&screen->two, event.y, event.x, button, wall_clock());
    else
        viewer_mouse(&screen->one, event.y, event.x, button, wall_clock());
}

static void take_key(struct screen *screen, int code)
{
    if (screen->has_two)
        pair_key(&screen->two, code, wall_clock());
    else
        viewer_key(&screen->one, code, wall_clock());
}

/* True when any key came. */
static bool take_keys(struct screen *screen)
{
    bool any = false;

    for (int i = 0; i < KEYS_AT_ONCE && !viewer_of(screen)->wants_quit; i++) {
        wint_t key;
        int kind = get_wch(&key), code;

        if (kind == ERR)
            break;
        any = true;
        if (kind == KEY_CODE_YES && key == KEY_MOUSE) {
            take_mouse(screen);
            continue;
        }
        if (kind == KEY_CODE_YES && key == KEY_RESIZE)
            continue; /* SIGWINCH has told us */
        code = kind == KEY_CODE_YES ? code_of_special(key) : code_of_character(key);
        if (code)
            take_key(screen, code);
    }
    return any;
}

/* ---- the loop ------------------------------------------------------------------------------ */

static int come_back(struct screen *screen)
{
    reset_prog_mode();
    refresh();
    curs_set(0);
    return fit(screen);
}

static int suspend(struct screen *screen)
{
    viewer_of(screen)->wants_suspend = false;
    endwin();
    rescue_suspend();
    return come_back(screen);
}

static int take_signals(struct screen *screen)
{
    int number, rc = 0;

    while ((number = rescue_next()) > 0 && rc == 0) {
        switch (number) {
        case SIGWINCH: rc = fit(screen); break;
        case SIGCONT: rc = come_back(screen); break;
        case SIGTSTP: rc = suspend(screen); break;
        case SIGINT: viewer_of(screen)->wants_quit = true; break;
        default: break;
        }
    }
    return rc;
}

/* Waits for a key, a signal, bytes of the trace, or the time. */
static int sleep_until(struct screen *screen, int timeout_ms)
{
    struct pollfd fds[3] = {
        { .fd = screen->input ? fileno(screen->input) : STDIN_FILENO, .events = POLLIN },
        { .fd = rescue_fd(), .events = POLLIN },
        { .fd = source_poll_fd(viewer_of(screen)->source), .events = POLLIN },
    };

    if (poll(fds, 3, timeout_ms) < 0 && errno != EINTR)
        return -errno;
    if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
        viewer_of(screen)->wants_quit = true; /* the terminal has gone away */
    return 0;
}

static int tick(struct screen *screen, int64_t now_ns)
{
    return screen->has_two ? pair_tick(&screen->two, now_ns) : viewer_tick(&screen->one, now_ns);
}

static int run(struct screen *screen)
{
    struct viewer *viewer = viewer_of(screen);
    int64_t drawn_ns = 0;
    bool changed = true;
    int rc = fit(screen);

    while (rc == 0 && !viewer->wants_quit) {
        int64_t now_ns = wall_clock();
        int wait_ms;

        changed |= tick(screen, now_ns) > 0;
        if (source_pid(viewer->source) == 0)
            rescue_forget_program();
        if (changed && now_ns - drawn_ns >= FRAME_NS) {
            draw(screen);
            drawn_ns = now_ns;
            changed = false;
        }
        wait_ms = viewer_timeout_ms(viewer, now_ns);
        if (changed && wait_ms > (int)((drawn_ns + FRAME_NS - now_ns) / 1000000) + 1)
            wait_ms = (int)((drawn_ns + FRAME_NS - now_ns) / 1000000) + 1;
        rc = sleep_until(screen, wait_ms);
        if (rc == 0)
            rc = take_signals(screen);
        if (take_keys(screen))
            changed = true;
        viewer = viewer_of(screen);
        if (viewer->wants_redraw && rc == 0) {
            viewer->wants_redraw = false;
            rc = fit(screen);
        }
        if (viewer->wants_suspend && rc == 0)
            rc = suspend(screen);
    }
    return rc;
}

static int open_viewers(struct screen *screen, struct source *source,
                        struct screen_options const *options)
{
    struct screen_other const *other = options->other;
    struct viewer *viewer;
    int rc;

    screen->has_two = other != NULL;
    if (other)
        rc = pair_init(&screen->two, (struct source *[]){ source, other->source },
                       other->difference, other->align, options->speed, wall_clock());
    else
        rc = viewer_init(&screen->one, source, options->play, options->speed, wall_clock());
    if (rc < 0)
        return rc;
    viewer = viewer_of(screen);
    if (options->place)
        player_go_to(&viewer->player, options->place, wall_clock());
    if (other)
        pair_follow(&screen->two);
    viewer->view.no_questions |= options->no_questions;
    viewer->view.hides_answers = options->class_view;
    return 0;
}

static void close_viewers(struct screen *screen)
{
    if (screen->has_two)
        pair_fini(&screen->two);
    else
        viewer_fini(&screen->one);
}

int screen_run(struct source *source, struct screen_options const *options)
{
    struct screen screen = { .curses = NULL };
    struct rescue_plan plan = { .tty = STDOUT_FILENO };
    int rc;

    setlocale(LC_CTYPE, "");
    screen.ascii = options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    if (!screen_is_possible())
        return isatty(STDOUT_FILENO) ? -EINVAL : -ENOTTY;
    tcgetattr(STDOUT_FILENO, &plan.modes);
    rc = open_viewers(&screen, source, options);
    if (rc < 0)
        return rc;
    rc = start(&screen);
    if (rc == 0) {
        make_plan(&plan, source);
        rc = rescue_begin(&plan);
    }
    if (rc == 0) {
        rc = run(&screen);
        rescue_end();
    }
    stop(&screen);
    close_viewers(&screen);
    return rc;
}
