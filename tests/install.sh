#!/usr/bin/env bash
# install.sh - what `make install` leaves: a library that other programs find, link and read about.
#
# One line a check: "ok ..." or "not ok ...".  BUILD: the build directory (build).
# shellcheck disable=SC2317 # functions that check() calls
set -u
BUILD=${BUILD:-build}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0

check() # NAME COMMAND...
{
    local name=$1
    shift
    if "$@" >"$dir/out" 2>&1; then
        echo "ok $name"
    else
        echo "not ok $name"
        sed 's/^/# /' "$dir/out"
        failed=1
    fi
}

if nm "$BUILD/libloop.a" 2>/dev/null | grep -q __asan_; then
    echo "skip make install: built for a sanitizer"
    exit 0
fi
prefix=$dir/usr
check "make install ends well" make --no-print-directory O="$BUILD" NEED= PREFIX="$prefix" install
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib

if [ -x "$prefix/bin/loopscope" ] && command -v python3 >/dev/null; then
    printf 'import asyncio\nasyncio.run(asyncio.sleep(0.01))\n' >"$dir/prog.py"
    python() { "$prefix/bin/loopscope" run python3 "$dir/prog.py" </dev/null >"$dir/told"; }
    check "the installed viewer shows a Python program" python
    check "with what asyncio does" grep -q "sleep#1 will wait until timer" "$dir/told"
fi

cat >"$dir/hello.c" <<'C'
#include <loop.h>
static int hello(void *unused)
{
    (void)unused;
    await(task_sleep(0.001));
    puts("Running...");
    return 0;
}
int main(void)
{
    return loop_run(hello, NULL);
}
C
cp "$dir/hello.c" "$dir/hello.cc"

links() # COMPILER FILE LANGUAGE-FLAGS...
{
    local compiler=$1 file=$2
    shift 2
    # shellcheck disable=SC2046
    "$compiler" "$@" -Wall -Wextra -Werror "$file" -o "$dir/hello" $(pkg-config --cflags --libs libloop) &&
        [ "$("$dir/hello")" = "Running..." ]
}
check "a program links with what pkg-config says, and runs" links "${CC:-cc}" "$dir/hello.c" -std=c11
for compiler in g++ clang++; do
    if command -v $compiler >/dev/null && echo 'int main() {}' | $compiler -xc++ - -o "$dir/empty" 2>/dev/null; then
        check "C++ can include the header ($compiler)" links $compiler "$dir/hello.cc" -std=c++11
    else
        echo "skip C++ can include the header ($compiler): not installed"
    fi
done

# shows_only_its_own WHAT-nm-is-asked: no name that loop.h does not declare.
shows_only_its_own()
{
    local names undeclared
    names=$(nm --defined-only "$@" | awk 'NF == 3 { print $3 }' | grep -vE '^_(init|fini|edata|end|_bss_start)$')
    undeclared=$(for name in $names; do
        grep -qw "$name" "$prefix/include/loop.h" || echo "$name"
    done)
    echo "$undeclared"
    [ -n "$names" ] && [ -z "$undeclared" ]
}
check "the shared library shows only what loop.h declares" shows_only_its_own -D "$prefix/lib/libloop.so"
if command -v objcopy >/dev/null && [[ ${CFLAGS-} != *-flto* ]]; then
    check "so does the archive" shows_only_its_own -g "$prefix/lib/libloop.a"
else
    echo "skip so does the archive: objcopy is not installed, or the linker optimizes"
fi

# Each function that loop.h declares stands in the manual page.
all_in_manual()
{
    local name missing=0
    [ -f "$prefix/lib/libloop.so" ] || return 1
    for name in $(nm -D --defined-only "$prefix/lib/libloop.so" | awk '$2 == "T" { print $3 }'); do
        grep -qw "$name" "$prefix/include/loop.h" || continue
        grep -qw "$name" "$prefix/share/man/man3/libloop.3" || {
            echo "$name is missing"
            missing=1
        }
    done
    return "$missing"
}
check "the manual page has every function" all_in_manual
if command -v groff >/dev/null; then
    reads_well()
    {
        groff -man -Tutf8 -ww "$prefix/share/man/man3/libloop.3" 2>"$dir/warnings" >/dev/null
        cat "$dir/warnings"
        [ ! -s "$dir/warnings" ]
    }
    check "the manual page has no mistakes in its markup" reads_well
fi

nothing_stays()
{
    make --no-print-directory O="$BUILD" NEED= PREFIX="$prefix" uninstall && ! find "$prefix" ! -type d | grep .
}
check "make uninstall takes all of it away" nothing_stays
exit $failed
