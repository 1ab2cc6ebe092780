#!/usr/bin/env bash
# What reads whole traces, from end to end: stats, ranges and following, export, frames for the web.
set -u
LC_ALL=C.UTF-8
export LC_ALL
scope=${BUILD:-build}/loopscope
trace=tests/traces/crowd.jsonl
work=$(mktemp -d "${TMPDIR:-/tmp}/loopscope-tools.XXXXXX") || exit 1
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
status() { # STATUS COMMAND...
    local expected=$1 got
    shift
    "$scope" "$@" >"$work/out" 2>"$work/err" </dev/null
    got=$?
    [ "$got" -eq "$expected" ] || { echo "# loopscope $*: status $got, not $expected"; return 1; }
}
said() { grep -q -- "$1" "$work/$2"; }
silent() { [ ! -s "$work/$1" ]; }

# --- stats
check "stats of a true trace" status 0 stats "$trace"
check "stats say how busy it was" said "^  busy " out
check "stats name the slowest steps" said "^Slowest " out
check "stats of a server with guests of its own" status 0 stats lessons/traces/02_serve_forever.jsonl
check "say whose bytes those are" said "66    in, 66 out: over all connections, also those that the" out
check "stats --json" status 0 stats --json "$trace"
check "stats --json is one object with its keys in order" \
    said '^{"events":[0-9]*,"turns":[0-9]*,"tasks":[0-9]*,"steps":[0-9]*,"timers":[0-9]*,"accepted":[0-9]*,"in":[0-9]*,"out":[0-9]*,"seconds":[0-9.]*,"busy":[0-9.]*,"waited":[0-9.]*,"lost":4,"faults":0}$' out
sed '20d' "$trace" >"$work/hole.jsonl"
check "stats of a trace with a hole" status 1 stats "$work/hole.jsonl"
check "the hole is told with its line on stderr" said "^$work/hole.jsonl:20: a hole" err
"$scope" stats "$trace" >"$work/stats"
threadless() { # ...where no thread's stack can be had
    (ulimit -s 2000000 && ulimit -v 1000000 && exec "$scope" "$@") 2>"$work/err"
}
if [ "${MODE:-release}" = asan ] || ! threadless --version >/dev/null; then
    echo "ok stats without threads # SKIP no such limits here"
else
    check "stats without threads are the same" cmp -s "$work/stats" <(threadless stats "$trace")
fi

# --- print: ranges, following
"$scope" print "$trace" >"$work/all"
check "print --from --to by number" status 0 print --from '#100' --to '#200' "$trace"
check "is a part of the whole, both ends in it" \
    cmp -s "$work/out" <(awk '$2 >= 100 && $2 <= 200' "$work/all")
check "print --to by time" status 0 print --to 0.05 "$trace"
check "is what happened until then" cmp -s "$work/out" <(awk '$1 <= 0.05' "$work/all")
check "print --from nonsense is wrong usage" status 2 print --from yesterday "$trace"
check "so is a range that ends before it begins" status 2 print --from 5 --to 3 "$trace"
check "by number, too, and in an export" status 2 export "$trace" --to chrome --from '#200' --to '#100'
check "and that is said" said "#100" err
head -c 3000 "$trace" >"$work/grows.jsonl"
"$scope" print --follow "$work/grows.jsonl" >"$work/followed" 2>&1 &
follower=$!
sleep 0.3
check "what is there is told at once" [ -s "$work/followed" ]
cp "$work/followed" "$work/before"
tail -c +3001 "$trace" >>"$work/grows.jsonl"
wait "$follower"
check "print --follow ends with trace:end, status 0" [ $? -eq 0 ]
check "and told all of it" cmp -s "$work/followed" "$work/all"
check "by appending only" cmp -s "$work/before" <(head -c "$(wc -c <"$work/before")" "$work/followed")

head -n 20 "$trace" >"$work/shrinks.jsonl"
"$scope" print --follow "$work/shrinks.jsonl" >"$work/followed" 2>"$work/err" &
follower=$!
sleep 0.3
: >"$work/shrinks.jsonl"
wait "$follower"
check "print --follow of a file that shrinks is at fault" [ $? -eq 1 ]
check "and says so" said "it has become shorter" err

# A signal in the middle of what takes seconds to tell.
awk 'BEGIN { for (n = 1; n <= 500000; n++) printf "{\"t\":%d.000000000,\"n\":%d,\"ev\":\"note:mark\",\"name\":\"x\"}\n", n, n }' >"$work/long.jsonl"
for command in "print --follow" replay; do
    # shellcheck disable=SC2086
    "$scope" $command "$work/long.jsonl" >"$work/told" 2>&1 &
    teller=$!
    sleep 0.2
    kill -TERM "$teller"
    wait "$teller"
    check "$command ends at a signal, status 0" [ $? -eq 0 ]
    check "whatever there is still to be told" [ "$(wc -l <"$work/told")" -lt 500000 ]
done
rm "$work/long.jsonl"

# Ends by itself within five seconds, with that status.
within() { # STATUS SHELL-COMMAND
    timeout 5 bash -o pipefail -c "$2" >"$work/out" 2>"$work/err"
    [ $? -eq "$1" ]
}
head -n 20 "$trace" >"$work/open.jsonl" # no trace:end
export scope work
check "print --follow of a pipe ends when that is closed" \
    within 0 'cat "$work/open.jsonl" | "$scope" print --follow -'
check "and told all of it" cmp -s "$work/out" <("$scope" print "$work/open.jsonl")
check "print --follow ends when nobody reads it any more" \
    within 0 '"$scope" print --follow "$work/open.jsonl" | head -1'

# As many connections as select() is ever given: a screen is drawn while one looks at it.
awk 'BEGIN { for (n = 1; n <= 120000; n++) {
    printf "{\"t\":0.000000000,\"n\":%d,\"ev\":\"watch:add\",\"fd\":%d,\"for\":\"read\",\"who\":\"conn#%d\"}\n", 2 * n - 1, n + 9, n
    printf "{\"t\":0.000000000,\"n\":%d,\"ev\":\"conn:open\",\"conn\":\"conn#%d\",\"fd\":%d,\"state\":\"connected\"}\n", 2 * n, n, n + 9 } }' >"$work/many.jsonl"
check "120,000 connections are drawn within seconds" within 0 '"$scope" frame "$work/many.jsonl"'
rm "$work/many.jsonl"

# --- frames for the web
"$scope" frame "$trace" --event 500 --size 100x30 >"$work/plain"
check "frame --svg" status 0 frame "$trace" --event 500 --size 100x30 --svg
if command -v python3 >/dev/null; then
    text_of() { # what a reader of the SVG sees, blanks apart
        python3 -c 'import sys, xml.etree.ElementTree as tree
print("".join("".join(t.itertext()) for t in tree.parse(sys.argv[1]).iter("{http://www.w3.org/2000/svg}text")))' "$1" |
            tr -d ' \n'
    }
    check "is XML with the same words in it" [ "$(text_of "$work/out")" = "$(tr -d ' \n' <"$work/plain")" ]
fi
check "frame --html" status 0 frame "$trace" --event 500 --size 100x30 --html
check "is a page with the same words in it" [ "$(sed '1,/<pre/d; /<\/pre>/d; s/<[^>]*>//g
    s/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&amp;/\&/g; s/ *$//' "$work/out")" = "$(cat "$work/plain")" ]
check "a time that is none is named" status 2 frame "$trace" --at abc
check "with what would be one" said "--at takes seconds.*: abc" err
check "an event that is none is named" status 2 frame "$trace" --event -1
check "with what would be one" said "--event takes a number.*: -1" err
check "a size that is too large is named" status 2 frame "$trace" --size 2000x2000
check "with the limit" said "1000x1000 at most: 2000x2000" err
check "one kind of frame at a time" status 2 frame "$trace" --svg --html
sed 's/"name":"ticker"/"name":"<b>\&amp;"/' "$trace" >"$work/markup.jsonl"
check "nothing in a trace becomes markup" status 0 frame "$work/markup.jsonl" --end --html
check "but text" bash -c '! grep -q "<b>" "$1"' - "$work/out"

# --- two traces
check "a trace is the same as itself" status 0 replay "$trace" "$trace"
sed 's/"t":\([0-9]*\)\.0/"t":\1.1/; s/"took":0\.0/"took":0.1/' "$trace" >"$work/slower.jsonl"
check "and as a run of it that took other times" status 0 replay "$trace" "$work/slower.jsonl"
sed 's/"src":"\([a-z]*\)\.c:\([0-9]*\)"/"src":"other.c:1\2"/' "$trace" >"$work/edited.jsonl"
check "and as one whose source has other lines" status 0 replay "$trace" "$work/edited.jsonl"
awk '/"ev":"task:done"/ && !done { sub(/"returned"|"cancelled"|"failed"/, "\"lost\""); done = 1; line = NR } 1
    END { print line >"/dev/stderr" }' "$trace" >"$work/other.jsonl" 2>"$work/line"
check "a difference is status 1" status 1 replay "$trace" "$work/other.jsonl"
check "it is named with its event on both sides" \
    [ "$(grep -c "event $(sed -n "$(cat "$work/line")p" "$trace" | sed 's/.*"n":\([0-9]*\).*/\1/'):" "$work/out")" -eq 2 ]
check "and with the turn in which it lies" said "In turn [0-9]* they part" out
head -n 200 "$trace" >"$work/short.jsonl"
check "a trace that ends earlier differs" status 1 replay "$trace" "$work/short.jsonl"
check "and says so" said "short.jsonl  has no event any more" out
mark='{"t":1.000000000,"n":%d,"ev":"note:mark","name":"%s"}\n'
printf "$mark$mark" 1 one 2 two >"$work/two.jsonl"
printf "$mark$mark" 1 one 2 three >"$work/three.jsonl"
check "traces that part early differ" status 1 replay "$work/two.jsonl" "$work/three.jsonl"
check "one event in common is told in the singular" said "^The first event is the same\. " out
check "a second file that is not there" status 1 replay "$trace" "$work/none.jsonl"
check "is said" said "none.jsonl" err
loop=tests/traces/screen_heartbeat.jsonl
sed '/"n":35,/s/"until":"timer#[0-9]*"/"until":"timer#99"/' "$loop" >"$work/until.jsonl"
sentence() { "$scope" print "$1" | awk '$2 == 35' | sed 's/^ *[^ ]* *35  //'; }
status 1 replay "$loop" "$work/until.jsonl"
check "what each says where they part is its own sentence" [ "$(sed -n 's/.* event 35: //p' "$work/out")" = \
    "$(sentence "$loop"; sentence "$work/until.jsonl")" ]
sed '/"n":35,/s/"ev":"[^"]*",/&"more":5,/' "$loop" >"$work/more.jsonl"
status 1 replay "$loop" "$work/more.jsonl"
check "what no sentence tells is named" said '"more" is (none) in the first and 5 in the second' out
grep -v '"n":2,' "$trace" >"$work/second.jsonl"
check "one event is no plural" status 1 replay "$trace" "$work/second.jsonl"
check "but singular" said "The first event is the same" out
check "a trace through a pipe can be the second one" eval '"$scope" replay "$trace" - <"$trace" | grep -q "tell the same"'
check "but not both" status 2 replay - -
check "two traces can't grow" status 2 replay --follow "$trace" "$trace"

exit $failed
