#!/usr/bin/env bash
# soak.sh - everything at once and at random (tests/programs/soak.c), traced, and the trace proven by loopscope.
#
#   SOAK_SECONDS  how long (5): `make soak SECONDS=600` by hand, MODE=asan for the sanitizers' opinion
#   SEED          which run (any); it is printed
#   KEEP          a file: the trace is kept there
BUILD=${BUILD:-build}
long=${SOAK_SECONDS:-5}
dir=$(mktemp -d "${TMPDIR:-/tmp}/soak.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trace=${KEEP:-$dir/trace}
failed=0

check() # NAME COMMAND...
{
    local name=$1
    shift
    if "$@"; then
        echo "ok $name"
    else
        echo "not ok $name"
        sed 's/^/#   /' "$dir/said" "$dir/errors" | tail -30
        failed=1
    fi
}

run() # traced or not: a LOOP_TRACE or nothing
{
    LOOP_TRACE=$1 "$BUILD/programs/soak" "$long" $SEED >"$dir/said" 2>"$dir/errors"
}

proves() { "$BUILD/loopscope" check "$trace" >"$dir/said" 2>"$dir/errors"; }

check "$long s of everything at random keep every promise" run "$trace"
sed 's/^/# /' "$dir/said"
check 'nothing is said on stderr' test ! -s "$dir/errors"
if [ -x "$BUILD/loopscope" ]; then
    check 'its trace is proven by check' proves
    sed 's/^/# /' "$dir/said" | tail -2
    check 'its trace has its end' grep -q '"ev":"trace:end".*"lost":0' <(tail -n 1 "$trace")
else
    echo 'skip its trace is proven by check'
fi
exit $failed
