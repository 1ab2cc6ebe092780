#!/usr/bin/env bash
# Every malformed trace against every command: none crashes, hangs, or lets a control byte through.
set -u
LC_ALL=C.UTF-8
export LC_ALL
scope=${BUILD:-build}/loopscope
work=$(mktemp -d "${TMPDIR:-/tmp}/loopscope-malformed.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

head -c 7000 tests/traces/crowd.jsonl | tail -c 6000 >"$work/middle"
tr '\n' '\r' <tests/traces/crowd.jsonl >"$work/no_lf"
{ head -c 100000 /dev/zero; echo; } >"$work/zeros"
printf '{"t":0.0,"n":0,"ev":"trace:head","format":"other","version":"x"}\n' >"$work/other"
: >"$work/empty"
for file in tests/fuzz/corpus/* "$work"/*; do
    bad=
    for command in "print" "print --from 1 --to #3" "check" "stats" "stats --json" "export --to chrome" \
        "frame --end" "frame --event 1 --svg" "frame --at 1 --html" "frame --color --size 60x12" "replay"; do
        name=${command%% *}
        # shellcheck disable=SC2086
        timeout 20 "$scope" $command "$file" >"$work.out" 2>"$work.err" </dev/null
        got=$?
        [ $got -le 1 ] || bad="$bad $name: status $got;"
        tr -d '\n\t -~\200-\377' <"$work.err" | grep -q . && bad="$bad $name: control bytes on stderr;"
        [ "$command" = "frame --color --size 60x12" ] ||
            { tr -d '\n\t -~\200-\377' <"$work.out" | grep -q . && bad="$bad $name: control bytes on stdout;"; }
        [ $got -eq 0 ] || [ -s "$work.err" ] || [ "$name" = check ] || bad="$bad $name: fails without a word;"
    done
    rm -f "$work.out" "$work.err"
    if [ -z "$bad" ]; then
        echo "ok ${file##*/} against every command"
    else
        echo "not ok ${file##*/} against every command:$bad"
        failed=1
    fi
done
exit $failed
