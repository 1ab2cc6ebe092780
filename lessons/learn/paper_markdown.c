/*
 * paper_markdown - LESSONS.md onto paper: line by line, each block until a line that is not of it.
 */
#include "paper.h"

#include <stdlib.h>

struct reader {
    struct paper *paper;
    struct slice left; /* not read yet */
};

/* The line at the beginning, without its LF. */
static struct slice peek(const struct reader *reader)
{
    struct slice left = reader->left;
    const char *end = left.len == 0 ? NULL : memchr(left.at, '\n', left.len);
    return (struct slice){ left.at, end == NULL ? left.len : (size_t)(end - left.at) };
}

static void pass(struct reader *reader)
{
    size_t len = peek(reader).len;
    len += len < reader->left.len;
    reader->left = (struct slice){ reader->left.at + len, reader->left.len - len };
}

static bool is_blank(struct slice line)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.at[i] != ' ' && line.at[i] != '\t' && line.at[i] != '\r')
            return false;
    return true;
}

/* "## Title": 2. No heading: 0. */
static int heading_level(struct slice line)
{
    size_t level = 0;
    while (level < line.len && line.at[level] == '#')
        level++;
    return level > 0 && level < 5 && level < line.len && line.at[level] == ' ' ? (int)level : 0;
}

/* Where the text of a list's item begins; 0: it is none. `number` is 0 for a dot. */
static size_t item_text(struct slice line, int *number)
{
    size_t digits = 0;
    *number = 0;
    if (slice_begins(line, "- ") || slice_begins(line, "* "))
        return 2;
    while (digits < line.len && digits < 4 && line.at[digits] >= '0' && line.at[digits] <= '9')
        *number = *number * 10 + (line.at[digits++] - '0');
    return digits > 0 && *number > 0 && digits + 1 < line.len && line.at[digits] == '.' &&
                   line.at[digits + 1] == ' '
               ? digits + 2
               : 0;
}

static bool begins_a_block(struct slice line)
{
    int number;
    return is_blank(line) || heading_level(line) > 0 || item_text(line, &number) > 0 ||
           slice_begins(line, "```") || slice_begins(line, "<!--") || slice_begins(line, "|");
}

/* From `begin` on to what has not been read yet, without the last LF. */
static struct slice since(const struct reader *reader, const char *begin)
{
    size_t len = (size_t)(reader->left.at - begin);
    while (len > 0 && begin[len - 1] == '\n')
        len--;
    return (struct slice){ begin, len };
}

static void read_fence(struct reader *reader)
{
    pass(reader);
    const char *begin = reader->left.at;
    while (reader->left.len > 0 && !slice_begins(peek(reader), "```"))
        pass(reader);
    paper_code(reader->paper, since(reader, begin));
    pass(reader);
}

/* Code that stands apart by blanks: those are taken away, so it is written anew. */
static void read_indented(struct reader *reader)
{
    char *code = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&code, &len);
    while (out != NULL && reader->left.len > 0 &&
           (slice_begins(peek(reader), "    ") || is_blank(peek(reader)))) {
        struct slice line = peek(reader);
        size_t skip = line.len < 4 ? line.len : 4;
        fwrite(line.at + skip, 1, line.len - skip, out);
        fputc('\n', out);
        pass(reader);
    }
    if (out == NULL || fclose(out) != 0)
        return;
    while (len > 0 && code[len - 1] == '\n')
        len--;
    paper_code(reader->paper, (struct slice){ code, len });
    free(code);
}

static void read_table(struct reader *reader)
{
    const char *begin = reader->left.at;
    while (slice_begins(peek(reader), "|"))
        pass(reader);
    paper_code(reader->paper, since(reader, begin));
}

static void read_comment(struct reader *reader)
{
    ptrdiff_t end = slice_find(reader->left, slice_of("-->"));
    size_t len = end < 0 ? reader->left.len : (size_t)end;
    reader->left = (struct slice){ reader->left.at + len, reader->left.len - len };
    pass(reader);
}

static void read_list(struct reader *reader)
{
    int number, first;
    size_t text = item_text(peek(reader), &first);
    paper_list_begin(reader->paper, first);
    while ((text = item_text(peek(reader), &number)) > 0) {
        const char *begin = reader->left.at + text;
        do
            pass(reader);
        while (reader->left.len > 0 && !begins_a_block(peek(reader)));
        paper_item(reader->paper, since(reader, begin), true);
    }
    paper_list_end(reader->paper);
}

static void read_paragraph(struct reader *reader)
{
    const char *begin = reader->left.at;
    do
        pass(reader);
    while (reader->left.len > 0 && !begins_a_block(peek(reader)));
    paper_marked(reader->paper, since(reader, begin));
}

void paper_markdown(struct paper *paper, struct slice markdown)
{
    struct reader reader = { paper, markdown };
    while (reader.left.len > 0) {
        struct slice line = peek(&reader);
        int number, level = heading_level(line);
        if (is_blank(line)) {
            pass(&reader);
        } else if (level > 0) {
            size_t skip = (size_t)level + 1;
            paper_heading(paper, level, (struct slice){ line.at + skip, line.len - skip });
            pass(&reader);
        } else if (slice_begins(line, "```")) {
            read_fence(&reader);
        } else if (slice_begins(line, "<!--")) {
            read_comment(&reader);
        } else if (slice_begins(line, "    ")) {
            read_indented(&reader);
        } else if (slice_begins(line, "|")) {
            read_table(&reader);
        } else if (item_text(line, &number) > 0) {
            read_list(&reader);
        } else {
            read_paragraph(&reader);
        }
    }
}
