# bash completion for loopscope(1)
_loopscope() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
    local options at program=

    COMPREPLY=()
    for ((at = 2; at < COMP_CWORD; at++)); do
        case ${COMP_WORDS[at - 1]},${COMP_WORDS[at]} in
        *,-* | --record,* | --share,* | --speed,*) ;;
        *) program=${COMP_WORDS[at]} ;;
        esac
    done
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W 'run attach replay frame print check stats export --help --version' -- "$word"))
        return
    fi
    case $command,$before in
    frame,--view)
        COMPREPLY=($(compgen -W "$(loopscope frame --view list /dev/null 2>&1 | sed -n 's/.*there are://p')" -- "$word"))
        return ;;
    frame,--size) COMPREPLY=($(compgen -W '120x36 80x24 60x12 200x60' -- "$word")); return ;;
    export,--to) COMPREPLY=($(compgen -W 'chrome' -- "$word")); return ;;
    *,--at | *,--event | *,--from | *,--to | *,--speed) return ;;
    esac
    case $command in
    run) options='--record --share --paused --speed --ascii --no-questions --class' ;;
    attach) options='--record --ascii --no-questions --class' ;;
    replay) options='--follow --event --ascii --no-questions --class' ;;
    frame) options='--at --event --end --size --view --ascii --color --svg --html' ;;
    print) options='--follow --from --to --ascii' ;;
    stats) options='--json' ;;
    export) options='--to --from' ;;
    esac
    case $command,$program,$word in
    run,?*,*) ;; # what comes behind PROGRAM is the program's
    *,-*) COMPREPLY=($(compgen -W "$options --help --version" -- "$word")) ;;
    attach,*) COMPREPLY=($(compgen -W 'unix: tcp:' -- "$word")) ;;
    esac
    [ ${#COMPREPLY[@]} -gt 0 ] && return
    local IFS=$'\n' # names may have blanks
    COMPREPLY+=($(compgen -f -- "$word"))
}
complete -o filenames -F _loopscope loopscope
