#!/usr/bin/env bash
# The command line: what each command prints, where it says what is wrong, and its exit status.
set -u
LC_ALL=C.UTF-8
export LC_ALL
scope=${BUILD:-build}/loopscope
trace=tests/traces/crowd.jsonl
work=$(mktemp -d "${TMPDIR:-/tmp}/loopscope-cli.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

check() { # NAME CONDITION...
    local name=$1
    shift
    if "$@"; then
        echo "ok $name"
    else
        echo "not ok $name"
        failed=1
    fi
}

# status STATUS COMMAND...: runs it, keeps its output in $work/out and $work/err
status() {
    local expected=$1 got
    shift
    "$scope" "$@" >"$work/out" 2>"$work/err" </dev/null
    got=$?
    [ "$got" -eq "$expected" ] || { echo "# loopscope $*: status $got, not $expected"; return 1; }
}

said() { grep -q -- "$1" "$work/$2"; }
silent() { [ ! -s "$work/$1" ]; }
begins_as() { [ -s "$1" ] && head -c "$(wc -c <"$1")" "$2" | cmp -s - "$1"; }

# exactly H lines, none wider than W
fits() { # COLUMNS LINES
    [ "$(wc -l <"$work/out")" -eq "$2" ] && [ "$(wc -L <"$work/out")" -le "$1" ]
}

for command in run attach replay frame print check stats export; do
    check "$command --help says its usage, status 0" status 0 "$command" --help
    check "$command --help names the command" said "^loopscope $command" out
    check "$command --version" status 0 "$command" --version
    check "$command without arguments is wrong usage" status 2 "$command"
    check "$command without arguments says so on stderr" said "loopscope $command:" err
    check "$command refuses an option that it doesn't know" status 2 "$command" --nonsense x
done
check "no command is wrong usage" status 2
check "an unknown command is wrong usage" status 2 dance
check "--version" status 0 --version
check "--help" status 0 --help

check "a true trace is good" status 0 check "$trace"
check "check says what it proved" said ": good$" out
sed 's/"step":3,/"step":4,/' "$trace" >"$work/wrong.jsonl"
check "an untrue trace is not" status 1 check "$work/wrong.jsonl"
check "its fault is told as FILE:LINE: on stdout" said "^$work/wrong.jsonl:[0-9]*: n [0-9]* task:begin: expected step 3; found 4" out
check "and nothing on stderr" silent err
head -c 5000 "$trace" >"$work/cut.jsonl"
check "a cut trace without end is good" status 0 check "$work/cut.jsonl"
check "the cut is said" said "the last line is cut" out
check "the missing end is said" said "no trace:end" out
check "a file that isn't there" status 1 check "$work/none"
check "is named on stderr" said "$work/none can't be read: No such file" err

{ head -1 "$trace"; for n in $(seq 101); do echo '{"t":0.000000000,"n":'"$n"',"ev":"timer:cancel","timer":"timer#1"}'; done; } >"$work/faults.jsonl"
check "a hundred faults are told, and one more" status 1 check "$work/faults.jsonl"
check "one is told as one" said ": 1 more fault$" out
{ head -1 "$trace"; echo '{"t":0.000000000,"n":1,"ev":"trace:gap","lost":1,"from":1,"to":1}'
  echo '{"t":0.000000000,"n":1,"ev":"trace:end","events":1,"lost":1,"how":"exit","status":0}'; } >"$work/lost.jsonl"
check "an event is lost" status 0 print "$work/lost.jsonl"
check "and was lost as one" said "of which 1 was lost on the way" out
check "stats tells it, too" status 0 stats "$work/lost.jsonl"
check "in the same words" said "; 1 more was lost" out

check "check reads standard input" eval '"$scope" check - <"$trace" >"$work/out"'
check "print reads a pipe" eval 'cat "$trace" | "$scope" print - >"$work/out"'
check "print says a sentence for each line" [ "$(wc -l <"$work/out")" -eq "$(wc -l <"$trace")" ]
check "replay without a terminal does as print" eval '"$scope" replay "$trace" | cmp -s - "$work/out"'
check "replay --event begins there" eval '"$scope" replay --event 40 "$trace" | head -n 1 | grep -q "^ *[0-9.]*  *40 "'
check "replay --event takes a number" status 2 replay --event x "$trace"
check "print --ascii has no byte beyond ASCII" eval '! "$scope" print --ascii "$trace" | LC_ALL=C grep -q "[^ -~]"'

{ head -5 "$trace"; echo rubbish; sed -n 6,9p "$trace"; } >"$work/bad.jsonl"
check "a bad line in the middle makes print's status 1" status 1 print "$work/bad.jsonl"
check "it is told by its number on stderr" said "^$work/bad.jsonl:6: " err
check "what stands after it still counts" [ "$(wc -l <"$work/out")" -eq 9 ]
check "frame too tells it" status 1 frame "$work/bad.jsonl" --end
check "by its number" said "^$work/bad.jsonl:6: " err
check "and still draws" fits 120 36

echo '{"t":0.000000000,"n":0,"ev":"trace:head","format":"loopscope","version":9}' >"$work/new.jsonl"
for command in check print frame replay; do
    check "$command refuses a newer version" status 1 "$command" "$work/new.jsonl"
done
: >"$work/empty.jsonl"
for command in check print frame replay; do
    check "$command says that an empty file is no trace" status 1 "$command" "$work/empty.jsonl"
done

for size in 120x36 80x24 60x12 200x60 1x1 40x5 1000x3; do
    check "a frame of $size" status 0 frame "$trace" --event 300 --size "$size"
    check "is exactly $size" fits "${size%x*}" "${size#*x}"
    check "a frame of $size in ASCII" status 0 frame "$trace" --at 0.01 --size "$size" --ascii
    check "is exactly $size, too" fits "${size%x*}" "${size#*x}"
    check "has no byte beyond ASCII" eval '! LC_ALL=C grep -q "[^ -~]" "$work/out"'
done
for view in source loop ready tasks timers select timeline output; do
    check "frame --view $view" status 0 frame "$trace" --end --view "$view"
    check "is exactly 120x36" fits 120 36
done
check "frame refuses a view that isn't there" status 2 frame "$trace" --view kitchen
check "and names those that are" said timeline err
check "whatever the trace is" status 2 frame "$work/empty.jsonl" --view kitchen
check "and names them there, too" said timeline err
for bad in "--size 5" "--size 0x5" "--size 80x24x" "--event -1" "--event x" "--at noon" "--at 1 --end"; do
    # shellcheck disable=SC2086
    check "frame $bad is wrong usage" status 2 frame "$trace" $bad
done
check "frame --color has ANSI colours" eval '"$scope" frame "$trace" --color | grep -q "$(printf "\033")\["'
check "frame reads standard input" eval '"$scope" frame - --event 300 <"$trace" >"$work/a" && "$scope" frame "$trace" --event 300 >"$work/b" && diff -q <(tail -n +2 "$work/a") <(tail -n +2 "$work/b") >/dev/null'

check "run keeps the program's status" status 7 run sh -c "exit 7"
check "and says how it ended" said "status 7" err
check "run says what can't be started" status 1 run "$work/no-such-program"
check "by name" said no-such-program err
# shellcheck disable=SC2034 # it is used in eval
told='cat "$0" >&"${LOOP_TRACE##*fd:}"'
for closed in '>&-' '2>&-' '<&-' '<&- >&- 2>&-'; do
    eval '"$scope" run --record "$work/kept.jsonl" bash -c "$told" "$trace" >"$work/out" 2>"$work/err" '"$closed"
    # Where nothing can be said the program is ended: its trace may be cut, but nothing else stands there.
    check "a recording is what the program wrote with $closed" begins_as "$work/kept.jsonl" "$trace"
    rm -f "$work/kept.jsonl"
done
check "run records into no device" status 1 run --record /dev/null true
check "and says why" said "/dev/null: it is no regular file" err

for bad in "" unix: tcp: tcp:9000 tcp:host:; do
    check "attach \"$bad\" is wrong usage" status 2 attach "$bad"
done

for bad in 0 65536 nine :9000 name:9000 1.2.3:x "[::1:9000"; do
    check "run --share $bad is wrong usage" status 2 run --share "$bad" true
done
check "and says what it takes" said "--share takes PORT" err
invites() { # SHARE PATTERN
    "$scope" run --share "$1" true 2>"$work/err" >"$work/out"
    said "others watch with: loopscope attach tcp:$2\$" err
}
check "--share PORT is for this machine" invites 9000 "127\.0\.0\.1:9000"
check "--share ADDRESS:PORT is for those who reach it" invites 127.0.0.2:9000 "127\.0\.0\.2:9000"
check "--share [IPv6]:PORT too" invites "[::1]:9000" "\[::1\]:9000"
check "for all addresses, one is named" invites 0.0.0.0:9000 "[0-9.]*[1-9][0-9.]*:9000"

if unshare -rn true 2>/dev/null; then # a machine without any network
    offline() { # SHARE PATTERN
        unshare -rn "$scope" run --share "$1" true 2>"$work/err" >"$work/out"
        said "others watch with: loopscope attach tcp:$2\$" err
    }
    check "without an address of its own, what was given is named" offline 0.0.0.0:9000 "0\.0\.0\.0:9000"
else
    echo "ok without an address of its own # SKIP no network namespaces here"
fi

for command in frame replay; do
    check "$command of a pipe that there is no room for" eval \
        '! cat "$trace" | (ulimit -f 2; "$scope" $command - 2>"$work/err" >/dev/null)'
    check "says that" said "can't be kept: File too large" err
done
check "a reader who leaves early is no fault" eval '"$scope" print "$trace" | head -1 >/dev/null; [ "${PIPESTATUS[0]}" -eq 0 ]'
if [ -e /dev/full ]; then
    for command in check print frame replay; do
        check "$command says that the disk is full" eval '! "$scope" $command "$trace" >/dev/full 2>"$work/err"'
        check "in so many words" said "can't be written: No space left" err
    done
fi
exit $failed
