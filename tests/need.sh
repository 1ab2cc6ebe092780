#!/usr/bin/env bash
# What .ci/need does on machines that lack things.  Each machine is a directory of commands that
# stands alone in PATH: the few that the script itself uses, and stubs for the rest.

set -u
need=$PWD/.ci/need
machine=$(mktemp -d)
trap 'rm -rf "$machine"' EXIT
failed=0

check() # NAME CONDITION...
{
    local name=$1
    shift
    if "$@"; then echo "ok $name"; else
        echo "not ok $name"
        sed 's/^/# /' "$machine/said"
        failed=1
    fi
}

stub() # NAME LINES: a command of the machine
{
    printf '#!%s\n%s\n' "$machine/bin/sh" "$2" >"$machine/bin/$1"
    chmod +x "$machine/bin/$1"
}

bare_machine() # UID
{
    rm -rf "${machine:?}/bin"
    mkdir "$machine/bin"
    for tool in sh env tr sed find ls cat chmod bash python3; do
        ln -s "$(command -v $tool)" "$machine/bin/$tool"
    done
    stub id "echo $1"
    stub uname 'echo Linux'
}

run() # ARGS...: the script on this machine; its exit status in $status, its words in $machine/said
{
    env -i PATH="$machine/bin" HOME="$machine" "$need" "$@" </dev/null >"$machine/said" 2>&1
    status=$?
}

# shellcheck disable=SC2317 # called by check
says() { grep -qF -- "$1" "$machine/said"; }
# shellcheck disable=SC2317
status_is() { [ "$status" = "$1" ]; }

bare_machine 0
run watch
check 'without any package manager it says what is missing' says 'missing: compiler'
check 'without any package manager it fails' status_is 1
run
check 'it wants to know for what' status_is 2

while read -r manager words; do
    bare_machine 0
    stub "$manager" 'echo "RAN: $*"'
    run test
    check "$manager is asked for its own names" says "$words"
    check "$manager is run when nobody is there to be asked" says 'RAN: '
    check "$manager that installs nothing is not believed" says 'still missing'
    check "$manager that installs nothing is a failure" status_is 1
done <<'END'
apt-get gcc libc6-dev pkg-config libncurses-dev libjson-c-dev libcmocka-dev
dnf gcc glibc-devel pkgconf-pkg-config ncurses-devel json-c-devel libcmocka-devel
pacman gcc pkgconf ncurses json-c cmocka
apk gcc musl-dev pkgconf ncurses-dev json-c-dev cmocka-dev
zypper gcc glibc-devel pkgconf-pkg-config ncurses-devel libjson-c-devel libcmocka-devel
END

bare_machine 0
stub apk 'echo "ERROR: no network"; exit 1'
run watch
check 'a manager that fails is told, with what to do' says 'type the line above, then make again'
check 'a manager that fails is a failure' status_is 1

bare_machine 1000
stub apk 'echo RAN'
run watch
check 'neither root nor sudo: it says what to type' says '    apk add gcc musl-dev pkgconf'
check 'neither root nor sudo: it runs nothing' bash -c "! grep -q RAN '$machine/said'"
stub sudo 'echo "SUDO: $*"'
run watch
check 'sudo is used where the user is not root' says "    sudo sh -c 'apk add gcc musl-dev pkgconf"
check 'sudo asks no password where nobody can give one' says 'SUDO: -n sh -c apk add'

bare_machine 0
stub apk "for tool in cc pkg-config; do
    printf '#!%s\nexit 0\n' '$machine/bin/sh' >'$machine/bin/'\$tool; chmod +x '$machine/bin/'\$tool
done"
run test
check 'once it is all there, it is content' status_is 0
run test
check 'the next time it says nothing at all' test ! -s "$machine/said"

exit $failed
