# shellcheck shell=bash disable=SC2317,SC2329 # traps and "patiently" call
# Source this file, then: printf 'psy oppa gangnam style' | zmq_push [endpoint]
#
# A ZeroMQ PUSH socket without ZeroMQ: it needs bash with /dev/tcp, and no other file of this folder.
# zmtp.sh explains the protocol, ZMTP 1.0; push.sh is zmq_push as a program.

# zmq_push: sends standard input, less trailing newlines, as one message. Runs in a subshell, so that
# no variable, trap or open file of it stays in your shell.
zmq_push() (
    zmq_push_here "$@"
)

# zmq_push_here: the same in this very shell, which it ends. "command" steps over your aliases.
zmq_push_here() {
    if ((${BASH_VERSINFO[0]:-0} < 4)); then
        echo "zmq_push: needs bash 4 or later, this is ${BASH_VERSION-another shell}" >&2
        exit 1
    fi
    set +e +o noclobber +o posix # whatever your shell has set
    export LC_ALL=C              # a character is a byte

    usage='usage: zmq_push [pull endpoint, default tcp://127.0.0.1:5555] < message'
    case ${1-} in -h | --help) echo "$usage" && exit ;; esac
    (($# <= 1)) || { echo "$usage" >&2 && exit 2; }
    endpoint=${1-tcp://127.0.0.1:5555}
    form='^tcp://([A-Za-z0-9._-]+|\[([0-9A-Fa-f:.]+)\]):0*([1-9][0-9]{0,4})$'
    if ! [[ $endpoint =~ $form ]] || ((BASH_REMATCH[3] > 65535)); then
        echo "zmq_push: bad endpoint '$endpoint': must be tcp://host:port" >&2
        exit 1
    fi
    address=/dev/tcp/${BASH_REMATCH[2]:-${BASH_REMATCH[1]}}/${BASH_REMATCH[3]}

    # What may take long runs in the background, where a signal to this shell can end it.
    child='' folder=''
    patiently() {
        "$@" <&0 &
        child=$!
        wait "$child"
        set -- $?
        child=
        return "$1"
    }
    clean() {
        [[ -z $child ]] || kill "$child" 2>/dev/null
        [[ -z $folder ]] || command rm -r "$folder"
    }
    trap clean EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM

    event() {
        [[ ${INTEROP_EVENTS-} != 1 ]] || printf '{"event":"%s","pid":%d,%s}\n' "$1" $$ "$2"
    }
    event ready '"endpoints":[]'

    # A variable can't hold a NUL, a file can. $() drops trailing newlines, and so shows how many.
    folder=$(command mktemp -d) || exit 1
    patiently command cat >"$folder/input" || exit 1
    text=$(command tr -c '\n' . <"$folder/input")
    size=${#text}
    command head -c "$size" "$folder/input" >"$folder/message" || exit 1

    # The length counts the flags byte, too. One byte holds it below 255.
    length=$((size + 1))
    if ((length < 255)); then
        printf -v header '\\x%02x' "$length"
    else
        header='\xff'
        for shift in 56 48 40 32 24 16 8 0; do
            printf -v header '%s\\x%02x' "$header" $((length >> shift & 255))
        done
    fi

    # Greets once the peer's greeting begins: TCP can connect a port where nobody listens to itself,
    # and then nobody begins. Libzmq, in turn, greets to the end only when it has seen whom it greets.
    # All of that is read, because to close with something unread may lose what was sent.
    deliver() {
        exec 3<>"$address" || exit
        read_byte
        length=$byte
        if ((length == 255)); then
            length=0
            for shift in 56 48 40 32 24 16 8 0; do
                read_byte
                length=$((length | byte << shift))
            done
        fi
        printf '\1\0' >&3
        while ((length-- > 0)); do read_byte; done
        printf '%b' "$header\x00" >&3
        exec cat "$folder/message" >&3
    }
    read_byte() { # in $byte, as a number; a NUL is read as an empty string
        IFS= read -r -d '' -n 1 -t 1 -u 3 byte || exit
        printf -v byte '%d' "'$byte"
        byte=$((byte & 255))
    }
    until patiently deliver 2>/dev/null; do
        patiently command sleep 0.1
    done

    if [[ ${INTEROP_EVENTS-} == 1 ]]; then
        sha1=$({ command sha1sum || command shasum; } <"$folder/message" 2>/dev/null)
        hex=
        if ((size <= 1024)); then
            hex=$(command od -An -v -tx1 "$folder/message")
            hex=",\"hex\":\"${hex//[!0-9a-f]/}\""
        fi
        event sent "\"data\":{\"size\":$size,\"sha1\":\"${sha1%% *}\"$hex}"
    fi
    exit 0
}
