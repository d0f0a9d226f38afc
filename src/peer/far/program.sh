#!/bin/sh
# Starts a program on the far side of a launcher and says how it ends. Arguments: the folder of the keeper, the
# number of the program, the folder in which it starts (empty: this one), and its words.
folder=$1
id=$2
dir=$3
shift 3
case $dir in
[~]/*) dir=$HOME/${dir#??} ;;
esac
# A signal to the group is for the program; who tells its end lives on.
stopped=
trap 'stopped=yes' HUP INT TERM

# Keeps $2 as what is known of the program's $1, whole or not at all. A signal to the group may end mv.
keep() {
    echo "$2" >"$folder/$id.now" || exit 255
    until mv "$folder/$id.now" "$folder/$id.$1" || [ ! -f "$folder/$id.now" ]; do :; done
} 2>/dev/null

# The process group of $1.
group_of() {
    if read -r stat <"/proc/$1/stat"; then
        # The name in parentheses may hold anything but the last one.
        stat=${stat##*) }
        stat=${stat#* }
        stat=${stat#* }
        echo "${stat%% *}"
    else
        ps -o pgid= -p "$1"
    fi 2>/dev/null
}

# The environments of those whom the program started and who live. Without /proc there are none to be found.
left() { grep -l -F -e "ZMQ_INTEROP_KEEPER=$folder/$id." /proc/[0-9]*/environ 2>/dev/null; }

# The program gets a group of its own, so that a signal is for nobody but it: a login shell would end of it, and whoever
# entered a namespace of processes is in a group that is led from outside of it.
group=$(group_of $$)
setsid=$(command -v setsid) || keep group "$group"
if [ -f "$folder/$id.over" ] || [ -n "$stopped" ]; then
    status=143 # as by the SIGTERM that came too early
elif [ -n "$dir" ] && ! cd "$dir" 2>/dev/null; then
    echo "its folder $dir is not there, it was not set up" >&2
    status=127
elif [ -n "$setsid" ]; then
    # shellcheck disable=SC2016 # it is for the other shell
    ZMQ_INTEROP_KEEPER=$folder/$id. "$setsid" sh -c '
        echo $$ >"$0.now" && mv "$0.now" "$0.group" || exit 255
        [ ! -f "$0.over" ] || exit 143
        exec "$@"' "$folder/$id" "$@"
    status=$?
    { read -r group <"$folder/$id.group"; } 2>/dev/null # unless nobody asks for it any more
elif [ "$group" = 0 ]; then
    echo "setsid is not there: a program in a namespace of processes needs it" >&2
    status=127
else
    ZMQ_INTEROP_KEEPER=$folder/$id. "$@"
    status=$?
fi
keep status $status
# Who is left may hold its output, so that its end would not be seen: they are written down and ended, after the second
# in which they may end by themselves.
looks=0
while [ $looks -lt 10 ] && [ -n "$(left)" ]; do
    looks=$((looks + 1))
    # Not every sleep knows less than a second.
    sleep 0.1 2>/dev/null || { sleep 1 && looks=10; }
done
for file in $(left); do
    pid=${file#/proc/}
    pid=${pid%/environ}
    where=escaped
    [ "$(group_of "$pid")" = "$group" ] && where=left
    echo "$(tr '\000\n' '  ' <"/proc/$pid/cmdline")(pid $pid)" >>"$folder/$id.$where"
    kill -s KILL "$pid"
done 2>/dev/null
exit $status
