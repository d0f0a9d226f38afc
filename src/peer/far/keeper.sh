#!/bin/sh
# Runs on the far side of a launcher for as long as a run lasts, and answers what it is asked on its standard
# input, a line each. When that ends, by whatever cause, it ends all that was started here and was not seen to
# end. Arguments: the folders of keepers before this one that were lost.
trap '' HUP INT TERM PIPE

# The processes in whose environment there is $1. Without /proc there are none to be found.
marked() {
    for file in $(grep -l -F -e "$1" /proc/[0-9]*/environ 2>/dev/null); do
        file=${file#/proc/}
        echo "${file%/environ}"
    done
}

# Gives the signal $1 to the group $2. Of the shells' own kill some need the two hyphens, and some don't know them.
if kill -s 0 -- $$ 2>/dev/null; then
    give() { kill -s "$1" -- "-$2"; }
else
    give() { kill -s "$1" "-$2"; }
fi

# Ends all programs of the keeper whose folder is $1.
end() {
    for file in "$1"/*.group; do
        [ -f "$file" ] && read -r group <"$file" && give KILL "$group"
    done
    # A program may start another one while we look.
    while found=$(marked "ZMQ_INTEROP_KEEPER=$1/") && [ -n "$found" ]; do
        # shellcheck disable=SC2086 # they are several words
        kill -s KILL $found || break
    done
    rm -rf "$1"
}

for lost in "$@"; do end "$lost" 2>/dev/null; done
folder=$(mktemp -d) || exit
echo "$folder"
while read -r op id argument; do
    group=
    [ -f "$folder/$id.group" ] && read -r group <"$folder/$id.group"
    case $op in
    # Gives a signal to the group of a program, which may not start any more where it has not yet.
    signal) if [ -n "$group" ]; then give "$argument" "$group"; else : >"$folder/$id.over"; fi ;;
    # Says how it ended.
    status) [ -f "$folder/$id.status" ] && cat "$folder/$id.status" ;;
    # Says whether somebody of its group lives, or was left.
    lives)
        if [ -f "$folder/$id.left" ]; then
            echo yes
        elif [ -n "$group" ] && give 0 "$group"; then
            ps -A -o pgid= -o stat= | while read -r its state; do
                # Whoever has ended and is not waited for yet is nobody.
                [ "$its" = "$group" ] && [ "${state#Z}" = "$state" ] && echo yes && break
            done
        fi
        ;;
    # Names them.
    members)
        [ -f "$folder/$id.left" ] && cat "$folder/$id.left"
        ps -A -o pgid= -o stat= -o pid= -o args= | while read -r its state pid words; do
            [ "$its" = "$group" ] && [ "${state#Z}" = "$state" ] && echo "$words (pid $pid)"
        done
        ;;
    # Ends its group; from now on nobody asks for it, and it may not start any more.
    forget)
        if [ -n "$group" ]; then give KILL "$group"; else : >"$folder/$id.over"; fi
        rm -f "$folder/$id.group" "$folder/$id.status" "$folder/$id.left" "$folder/$id.escaped"
        ;;
    # Ends those that left its group, and names them.
    escaped)
        [ -f "$folder/$id.escaped" ] && cat "$folder/$id.escaped"
        for pid in $(marked "ZMQ_INTEROP_KEEPER=$folder/$id."); do
            echo "$(tr '\000\n' '  ' <"/proc/$pid/cmdline")(pid $pid)"
            kill -s KILL "$pid"
        done
        ;;
    esac 2>/dev/null
    echo .
done
end "$folder" 2>/dev/null
