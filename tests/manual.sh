#!/usr/bin/env bash
# The man page and the completions know every command and every option that --help tells of; and the
# tests know every function that loop.h declares.
set -u
scope=${BUILD:-build}/loopscope
failed=0
tell() { if [ "$1" -eq 0 ]; then echo "ok $2"; else echo "not ok $2"; failed=1; fi; }

commands=$("$scope" --help | sed -n 's/^  loopscope \([a-z]*\) .*/\1/p' | sort -u)
[ -n "$commands" ]; tell $? "--help lists commands"
for command in $commands; do
    grep -q "^\.B loopscope $command\$" viz/loopscope.1; tell $? "the man page has $command"
    for file in viz/completions/*; do
        grep -qw -- "$command" "$file"; tell $? "${file##*/} has $command"
    done
    for option in $("$scope" "$command" --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p'); do
        sed 's/\\-/-/g' viz/loopscope.1 | grep -q -- "$option\\>"; tell $? "the man page has $option"
        for file in viz/completions/*; do
            grep -q -- "${option#--}" "$file"; tell $? "${file##*/} has $option"
        done
    done
done
for typed in $(sed -n 's/.*GROUP_PROGRAM, ":\([a-z]*\)[ "].*/\1/p' viz/keys.c); do
    grep -q "^\.BR\? \"\?$typed\>" viz/loopscope.1; tell $? "the man page has :$typed"
done
if command -v man >/dev/null; then
    said=$(LC_ALL=C.UTF-8 MANWIDTH=100 man --warnings -l viz/loopscope.1 2>&1 >/dev/null)
    [ -z "$said" ]; tell $? "the man page is set without warnings"
fi
untested=
for function in $(sed -n '/^typedef/d; s/^[a-z][^(]*[ *]\([a-z_]*\)(.*/\1/p' loop/loop.h | sort -u); do
    # what a macro of loop.h calls is tested by that macro
    grep -qw "$function" tests/*.c tests/*/*.c lessons/*.c || grep -q "^#define.*\b$function(" loop/loop.h ||
        untested+=" $function"
done
[ -z "$untested" ]; tell $? "every function of loop.h is used by a test${untested:+, but not$untested}"
bash -n viz/completions/loopscope.bash; tell $? "the bash completion is read by bash"
completes() { # EXPECTED WORD...: what Tab makes of the last word
    local expected=$1
    shift
    # shellcheck disable=SC1091,SC2034 # words that the completion reads
    PATH=${BUILD:-build}:$PATH bash -c '. viz/completions/loopscope.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _loopscope
        IFS="|"; echo "${COMPREPLY[*]}"' - "$@" | grep -qx -- "$expected"
    tell $? "the bash completion of \"$*\""
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
touch "$work/two words.jsonl"
completes "run|replay" loopscope r
completes "tasks|timers|timeline|task|tree" loopscope frame --view t
completes "unix:|tcp:" loopscope attach ""
completes "chrome" loopscope export x --to ""
completes "$work/two words.jsonl" loopscope replay "$work/t"
completes "--record" loopscope run --r
completes "" loopscope run --speed 2 prog --r
exit $failed
