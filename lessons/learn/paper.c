/*
 * paper - text and HTML.
 */
#include "paper.h"

enum { COLUMNS = 78 };

static const char style[] =
    "body{font:17px/1.5 Georgia,serif;max-width:46em;margin:2em auto;padding:0 1em;color:#111;"
    "background:#fff}"
    "h1,h2,h3,h4{font-family:system-ui,sans-serif;line-height:1.2}h2{border-top:2px solid #111;"
    "padding-top:.6em;margin-top:2em}"
    "pre{font:13px/1.3 monospace;overflow-x:auto;border:1px solid #aaa;padding:.6em}"
    "code{font-family:monospace;font-size:.9em}"
    "@media print{body{font-size:10.5pt;max-width:none;margin:0}h2{break-before:page}"
    "h2,h3,h4{break-after:avoid}pre{font-size:6.5pt;border:0;padding:0;overflow:visible;"
    "break-inside:avoid}a{color:inherit;text-decoration:none}}";

/* ---- characters ------------------------------------------------------------------------------ */

static void put_html(FILE *out, struct slice text)
{
    for (size_t at = 0; at < text.len;) {
        char shown[TEXT_SHOWN];
        char c = text.at[at];
        size_t len = c == '\n' ? 1 : text_show(text.at + at, text.len - at, shown, NULL);
        at += len;
        switch (c) {
        case '\n': fputc('\n', out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '&': fputs("&amp;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\'': fputs("&#39;", out); break;
        default: fputs(shown, out);
        }
    }
}

static struct slice from(struct slice text, size_t at)
{
    return at < text.len ? (struct slice){ text.at + at, text.len - at } : (struct slice){ "", 0 };
}

/* How long the text is before `mark`, when that comes at all. */
static bool before(struct slice text, const char *mark, struct slice *inside)
{
    ptrdiff_t len = slice_find(text, slice_of(mark));
    *inside = (struct slice){ text.at, len < 0 ? 0 : (size_t)len };
    return len > 0;
}

static void put_marked(FILE *out, struct slice text);

/* [text](https://...): other links lead nowhere from a single page, and are text alone. */
static size_t put_link(FILE *out, struct slice text)
{
    struct slice words, link;
    if (!before(from(text, 1), "](", &words) || !before(from(text, words.len + 3), ")", &link))
        return 0;
    bool leads = slice_begins(link, "https://") || slice_begins(link, "http://");
    if (leads) {
        fputs("<a href=\"", out);
        put_html(out, link);
        fputs("\">", out);
    }
    put_marked(out, words);
    fputs(leads ? "</a>" : "", out);
    return words.len + link.len + 4;
}

/* What a mark at the beginning of the text takes; 0: it is none. */
static size_t put_mark(FILE *out, struct slice text)
{
    struct slice inside;
    if (text.at[0] == '[')
        return put_link(out, text);
    if (text.at[0] == '`' && before(from(text, 1), "`", &inside)) {
        fputs("<code>", out);
        put_html(out, inside);
        fputs("</code>", out);
        return inside.len + 2;
    }
    if (slice_begins(text, "**") && before(from(text, 2), "**", &inside)) {
        fputs("<strong>", out);
        put_marked(out, inside);
        fputs("</strong>", out);
        return inside.len + 4;
    }
    if (text.at[0] == '*' && text.len > 1 && text.at[1] != ' ' && text.at[1] != '*' &&
        before(from(text, 1), "*", &inside)) {
        fputs("<em>", out);
        put_marked(out, inside);
        fputs("</em>", out);
        return inside.len + 2;
    }
    return 0;
}

static void put_marked(FILE *out, struct slice text)
{
    size_t plain = 0; /* how much of it is without marks */
    while (plain < text.len) {
        if (strchr("`*[", text.at[plain]) == NULL) {
            plain++;
            continue;
        }
        put_html(out, (struct slice){ text.at, plain });
        text = from(text, plain);
        size_t took = put_mark(out, text);
        plain = took == 0 ? 1 : 0;
        text = from(text, took);
    }
    put_html(out, text);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

/* Words in lines of COLUMNS; the first begins with `head`, the others with as many blanks. */
static void put_wrapped(const struct paper *paper, const char *head, struct slice text)
{
    size_t indent = strlen(head), column = indent;
    fputs(head, paper->out);
    for (size_t at = 0; at < text.len;) {
        size_t end = at;
        while (end < text.len && text.at[end] != ' ' && text.at[end] != '\n')
            end++;
        struct slice word = { text.at + at, end - at };
        size_t width = text_columns(word);
        if (column > indent && column + 1 + width > COLUMNS) {
            fprintf(paper->out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent && width > 0) {
            fputc(' ', paper->out);
            column++;
        }
        text_print(paper->out, word, paper->ascii);
        column += width;
        at = end + 1;
    }
    fputc('\n', paper->out);
}

static void put_body(const struct paper *paper, struct slice text, bool marked)
{
    (marked ? put_marked : put_html)(paper->out, text);
}

static void paragraph(const struct paper *paper, struct slice text, bool marked)
{
    if (!paper->html) {
        put_wrapped(paper, "", text);
        fputc('\n', paper->out);
        return;
    }
    fputs("<p>", paper->out);
    put_body(paper, text, marked);
    fputs("</p>\n", paper->out);
}

void paper_begin(struct paper *paper, const char *title)
{
    if (paper->html) {
        fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
              paper->out);
        put_html(paper->out, slice_of(title));
        fprintf(paper->out, "</title>\n<style>%s</style>\n</head>\n<body>\n", style);
    }
    paper_heading(paper, 1, slice_of(title));
}

void paper_end(struct paper *paper)
{
    if (paper->html)
        fputs("</body>\n</html>\n", paper->out);
}

void paper_heading(struct paper *paper, int level, struct slice text)
{
    if (paper->html) {
        fprintf(paper->out, "<h%d>", level);
        put_marked(paper->out, text);
        fprintf(paper->out, "</h%d>\n", level);
        return;
    }
    text_print(paper->out, text, paper->ascii);
    fputc('\n', paper->out);
    for (size_t i = text_columns(text); level <= 2 && i > 0; i--)
        fputc(level == 1 ? '=' : '-', paper->out);
    fputs(level <= 2 ? "\n\n" : "\n", paper->out);
}

void paper_text(struct paper *paper, struct slice text)
{
    paragraph(paper, text, false);
}

void paper_marked(struct paper *paper, struct slice text)
{
    paragraph(paper, text, true);
}

void paper_code(struct paper *paper, struct slice code)
{
    if (paper->html) {
        fputs("<pre>", paper->out);
        put_html(paper->out, code);
        fputs("</pre>\n", paper->out);
        return;
    }
    while (code.len > 0) {
        const char *end = memchr(code.at, '\n', code.len);
        size_t len = end == NULL ? code.len : (size_t)(end - code.at);
        fputs(len > 0 ? "    " : "", paper->out);
        text_print(paper->out, (struct slice){ code.at, len }, paper->ascii);
        fputc('\n', paper->out);
        code = from(code, len + 1);
    }
    fputc('\n', paper->out);
}

void paper_list_begin(struct paper *paper, int first)
{
    paper->first = paper->next = first;
    if (paper->html && first > 0)
        fprintf(paper->out, "<ol start=\"%d\">\n", first);
    else if (paper->html)
        fputs("<ul>\n", paper->out);
}

void paper_item(struct paper *paper, struct slice text, bool marked)
{
    char head[16] = "  - ";
    if (paper->html) {
        fputs("<li>", paper->out);
        put_body(paper, text, marked);
        fputs("</li>\n", paper->out);
        return;
    }
    if (paper->first > 0)
        snprintf(head, sizeof head, "%3d. ", paper->next++);
    put_wrapped(paper, head, text);
}

void paper_list_end(struct paper *paper)
{
    if (paper->html)
        fputs(paper->first > 0 ? "</ol>\n" : "</ul>\n", paper->out);
    else
        fputc('\n', paper->out);
}
