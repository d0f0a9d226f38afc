# shellcheck shell=bash
# A ZeroMQ request client without ZeroMQ: ZMTP 1.0 (https://rfc.zeromq.org/spec/13/) over /dev/tcp.
#
# Why 1.0: it is the whole protocol on one screen, nobody has to agree on anything before the first
# message, and libzmq accepts it to this day. So bash also proves backward compatibility.
#
#   connection = greeting *message            in both directions
#   greeting   = frame                        its body is the sender's identity; anonymous: 01 00
#   message    = *(frame with MORE) frame
#   frame      = length flags body
#   length     = one byte, 01 to FE, or FF and eight bytes, big-endian. It counts the flags, too
#   flags      = 00 (the last frame) or 01 (MORE)
#
# libzmq greets with FF 00 00 00 00 00 00 00 01 7F: to newer peers that announces a newer version,
# to us it is an empty frame. What REQ and REP add is an envelope: some frames and an empty one,
# which come back in front of the answer. We send
#
#   09.. 01 id  01 01  len 00 body            id, the delimiter, the question
#
# A bash variable can't hold a NUL. What is received is therefore kept as text for printf '%b', with
# \0000 for NUL and \\ for a backslash: printf '%b' "$answer" has the bytes.

address= # /dev/tcp/host/port
peer=    # the descriptor of the connection; empty when there is none

# clock: the time in microseconds, in $now. bash 4 has no EPOCHREALTIME.
clock() {
    now=${EPOCHREALTIME-$(date +%s.%6N)}
    now=${now/./}
}

# pause MILLISECONDS: reads where nobody ever writes, because a sleep would outlive a killed shell.
pause() {
    local seconds
    printf -v seconds '%d.%03d' $(($1 / 1000)) $(($1 % 1000))
    read -r -t "$seconds" -u "$never" _
}
folder=$(mktemp -d) && mkfifo "$folder/never" && exec {never}<>"$folder/never" && rm -r "$folder" ||
    exit 1

# zmtp_open: connects to $address; both sides greet.
zmtp_open() {
    { exec {peer}<>"$address"; } 2>/dev/null || return
    # After you: TCP can connect a port where nobody listens to itself. Then nobody greets. Libzmq, in
    # turn, sends its identity only when it has seen whom it greets.
    { zmtp_length && printf '\1\0' 1>&"$peer" && zmtp_rest; } 2>/dev/null
}

# zmtp_lost: the next connection may start, but not at once.
zmtp_lost() {
    [[ -z $peer ]] || exec {peer}>&-
    peer=
    pause 100
}

# zmtp_send FRAME...: sends one message, in one write. This is the short form, for frames up to 253
# bytes; zmq_push.sh has the long one.
zmtp_send() {
    local message='' header
    while (($# > 0)); do
        printf -v header '\\x%02x\\x%02x' $((${#1} + 1)) $(($# > 1))
        message+=$header${1//\\/\\\\}
        shift
    done
    printf '%b' "$message" 1>&"$peer" 2>/dev/null
}

# zmtp_read N: up to N bytes, in $bytes, before $deadline. It stops early at a NUL, and takes it.
# Status 1: the peer is gone; above 128: nothing came in time.
zmtp_read() {
    local left
    clock
    left=$((deadline > now ? deadline - now : 1))
    printf -v left '%d.%06d' $((left / 1000000)) $((left % 1000000))
    IFS= read -r -d '' -n "$1" -t "$left" -u "$peer" bytes
}

# zmtp_byte: the next byte, in $byte as a number. A NUL is read as an empty string: 0.
zmtp_byte() {
    zmtp_read 1 || return
    printf -v byte '%d' "'$bytes"
    byte=$((byte & 255))
}

# zmtp_length: how long the next frame is, with its flags, in $size. Only before the first byte makes
# "in time" a difference: a peer that stops in the middle of a frame can't be understood any more.
zmtp_length() {
    local _
    zmtp_byte || return
    size=$byte
    if ((size == 255)); then
        size=0
        for _ in 1 2 3 4 5 6 7 8; do
            zmtp_byte || return 1
            size=$((size << 8 | byte))
        done
    fi
    ((size > 0)) # there is always a flags byte
}

# zmtp_rest: the rest of the frame, in $flags and $frame.
zmtp_rest() {
    zmtp_byte || return 1
    flags=$byte
    frame=
    size=$((size - 1))
    while ((size > 0)); do
        zmtp_read "$size" || return 1
        frame+=${bytes//\\/\\\\}
        size=$((size - ${#bytes}))
        if ((size > 0)); then # stopped early
            frame+='\0000'
            size=$((size - 1))
        fi
    done
}

# zmtp_frame: the next frame.
zmtp_frame() {
    zmtp_length || return
    zmtp_rest
}

# zmtp_receive: the next message, in $frames.
zmtp_receive() {
    zmtp_frame || return
    frames=("$frame")
    while ((flags & 1)); do
        zmtp_frame || return 1
        frames+=("$frame")
    done
}

# ask ID QUESTION: what a REQ socket does with REQ_RELAXED and REQ_CORRELATE: sends the question and
# waits a second for the answer that carries the same id, in $answer; any other one is stale.
# Connects whenever it has to. Status 1: no answer, ask again.
ask() {
    local sent='' deadline
    clock
    deadline=$((now + 1000000))
    while clock && ((now < deadline)); do
        if [[ -z $sent ]]; then
            if [[ -n $peer ]] || zmtp_open && zmtp_send "$1" '' "$2"; then
                sent=yes
            else
                zmtp_lost
                continue
            fi
        fi
        zmtp_receive 2>/dev/null
        case $? in
        0)
            if ((${#frames[@]} == 3)) && [[ ${frames[0]} == "$1" && -z ${frames[1]} ]]; then
                # shellcheck disable=SC2034 # whoever asked reads it
                answer=${frames[2]}
                return 0
            fi
            ;;
        1)
            zmtp_lost
            sent=
            ;;
        esac
    done
    return 1
}
