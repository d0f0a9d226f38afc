# shellcheck shell=bash
# What the role contract (docs/role-contract.md) asks of a client: arguments, events and sentences.

# start ROLE WHAT DEFAULT [ARGUMENT...]: reads the command line and the environment.
start() {
    local usage="usage: $1.sh [$2 endpoint, default $3]" endpoint=${4-$3} name
    local form='^tcp://([A-Za-z0-9._-]+|\[([0-9A-Fa-f:.]+)\]):0*([1-9][0-9]{0,4})$'
    case ${4-} in -h | --help) echo "$usage" && exit ;; esac
    (($# <= 4)) || { echo "$usage" >&2 && exit 2; }
    if ! [[ $endpoint =~ $form ]] || ((BASH_REMATCH[3] > 65535)); then
        fail "bad endpoint '$endpoint': must be tcp://host:port"
    fi
    address=/dev/tcp/${BASH_REMATCH[2]:-${BASH_REMATCH[1]}}/${BASH_REMATCH[3]}
    for name in INTEROP_COUNT INTEROP_INTERVAL_MS; do
        [[ ${!name-} =~ ^(0|[1-9][0-9]{0,8})?$ ]] ||
            fail "$name must be a number, not '${!name}'" 2
    done
    # shellcheck disable=SC2034 # $count, where -1 is never reached, and $interval are the roles'
    count=${INTEROP_COUNT:--1} interval=${INTEROP_INTERVAL_MS:-1000}
    [[ ${INTEROP_EVENTS-} != 1 ]] || printf '{"event":"ready","pid":%d,"endpoints":[]}\n' $$
}

fail() { # reason, exit status
    echo "bash: $1" >&2
    exit "${2-1}"
}

# hex TEXT: the bytes, in $hex. TEXT is for printf '%b', here and below. Mostly it is short and without
# a backslash: then no program has to be started.
hex() {
    local i byte
    hex=
    if [[ $1 == *\\* ]] || ((${#1} > 1024)); then
        hex=$(printf '%b' "$1" | od -An -v -tx1)
        hex=${hex//[!0-9a-f]/}
    else
        for ((i = 0; i < ${#1}; i++)); do
            printf -v byte '%02x' "'${1:i:1}"
            hex+=${byte: -2}
        done
    fi
}

# shown TEXT: what is UTF-8 and can't disturb a terminal stays as it is; any other byte becomes \xNN.
shown() {
    local hex text='' size
    local shape=' [2-6].| 7[0-9a-e]|( c[2-9a-f]| d.)T| e0 [ab].T| e[1-9a-cef]TT| ed [89].T'
    shape="^($shape| f0 [9ab].TT| f[1-3]TTT| f4 8.TT)+"
    shape=${shape//T/ [89ab].}
    hex "$1"
    hex=$(printf %s "$hex" | sed 's/../ &/g')
    size=$((${#hex} / 3))
    hex=${hex:0:3072}
    while [[ -n $hex ]]; do
        if [[ $hex =~ $shape ]]; then
            text+=${BASH_REMATCH[0]// /\\x}
            hex=${hex:${#BASH_REMATCH[0]}}
        else
            text+="\\\\x${hex:1:2}"
            hex=${hex:3}
        fi
    done
    printf '%b' "$text"
    ((size <= 1024)) || printf '... (%d bytes)' "$size"
}

# report EVENT TEXT [SENTENCE]: the event, or the sentence with the data in place of its %s.
report() {
    local hex sha1 line
    if [[ ${INTEROP_EVENTS-} == 1 ]]; then
        hex "$2"
        sha1=$(printf '%b' "$2" | $sha1sum)
        printf -v line '{"event":"%s","pid":%d,"data":{"size":%d,"sha1":"%s"' \
            "$1" $$ $((${#hex} / 2)) "${sha1%% *}"
        ((${#hex} > 2048)) || line+=",\"hex\":\"$hex\""
        echo "$line}}"
    elif (($# == 3)); then
        # shellcheck disable=SC2059
        printf "bash (pid=$$): $3\n" "$(shown "$2")"
    fi || exit 1 # nobody listens any more
}

# exchange MESSAGE: asks until there is an answer, in $answer.
exchange() {
    id=$((id + 1))
    until ask "$id" "$1"; do
        echo "bash (pid=$$): no answer for 1 s, sending again" >&2
        report resent "$1"
    done
}

if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 402)); then
    fail "needs bash 4.2 or later, this is $BASH_VERSION (macOS: brew install bash)"
fi
export LC_ALL=C # lengths are bytes, and the date is English
trap '' PIPE    # a peer that is gone is a status, not a death
sha1sum=sha1sum
command -v sha1sum >/dev/null || sha1sum=shasum
id=0
# shellcheck source=SCRIPTDIR/zmtp.sh
source "$(dirname "${BASH_SOURCE[0]}")/zmtp.sh"
