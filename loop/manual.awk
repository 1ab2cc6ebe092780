# manual.awk - makes the manual page libloop(3) of loop.h, so that the two can't differ.
#
#     awk -f loop/manual.awk loop/loop.h >libloop.3
#
# The header's first comment becomes the description, as it stands.  Each chapter ("/* ---- name */") becomes a section;
# in it, a comment and the declarations below it become an entry: the declarations in bold, then the words.  The
# macros at the end only note source lines, and are left out.

function escape(text)
{
    gsub(/\\/, "\\e", text)
    sub(/^\./, "\\\\\\&.", text)
    sub(/^'/, "\\\\\\&'", text)
    gsub(/-/, "\\-", text)
    return text
}

# A comment's line without its decoration.
function words(line)
{
    sub(/^\/\* ?/, "", line)
    sub(/^ \* ?/, "", line)
    sub(/ ?\*\/ *$/, "", line)
    return line
}

function flush_entry(   i)
{
    if (n_declared == 0) {
        n_said = 0
        return
    }
    print ".PP"
    print ".nf"
    for (i = 1; i <= n_declared; i++)
        print ".B " escape(declared[i])
    print ".fi"
    print ".RS 4"
    for (i = 1; i <= n_said; i++)
        print (said[i] == "" ? ".PP" : escape(said[i]))
    print ".RE"
    n_declared = n_said = 0
}

BEGIN {
    print ".\\\" made from loop.h by manual.awk"
    print ".TH LIBLOOP 3"
    print ".SH NAME"
    print "libloop \\- an event loop to look into: asyncio's shape, in C, over select()"
    print ".SH SYNOPSIS"
    print ".nf"
    print ".B #include <loop.h>"
    print "cc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs libloop)"
    print ".fi"
    print ".SH DESCRIPTION"
    print ".nf"
    part = "essay"
}

part == "essay" {
    if (FNR > 1 && $0 != " */")
        print escape(words($0))
    if ($0 == " */") {
        print ".fi"
        part = "code"
    }
    next
}

/^\/\* -+ .* \*\/$/ {
    flush_entry()
    title = words($0)
    sub(/^-+ /, "", title)
    print ".SH " toupper(title)
    part = "chapter"
    next
}

/^\/\* The macros that note where a call stands/ { flush_entry(); part = "end" }
part != "chapter" { next }

/^\/\*/ { flush_entry(); in_comment = 1 }
in_comment {
    said[++n_said] = words($0)
    if (/\*\//)
        in_comment = 0
    next
}
/^$/ { flush_entry(); next }
/^#if/ { hidden = 1 }
/^#endif/ { hidden = 0; next }
/^#define await/ { declared[++n_declared] = "await(expr)"; next }
hidden || /^#/ || /^    ;$/ { next }
{ declared[++n_declared] = $0 }

END {
    flush_entry()
    print ".SH ENVIRONMENT"
    print ".TP"
    print ".B LOOP_TRACE"
    print "Where the trace goes: a file, fd:N or unix:PATH; several with commas.  Unset: nothing is traced."
    print ".TP"
    print ".B LOOP_DEBUG"
    print "1: the debug mode of loop_set_debug()."
    print ".TP"
    print ".B LOOP_CLOCK"
    print "real (the default), or virtual: time jumps to the next deadline instead of passing."
    print ".TP"
    print ".B LOOP_INTERRUPT_AT"
    print "Under the virtual clock: a Ctrl\\-C at that time, in seconds."
    print ".SH SEE ALSO"
    print ".BR loopscope (1),"
    print ".BR select (2)"
}
