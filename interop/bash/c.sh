#!/usr/bin/env bash
# Sends the date and time every second, prints the SHA-1 that a rep sends back.

# shellcheck source=SCRIPTDIR/role.sh
source "$(dirname "${BASH_SOURCE[0]}")/role.sh"

start c rep tcp://127.0.0.1:5556 "$@"
for ((n = 0; n != count; n++)); do
    ((n == 0)) || pause "$interval"
    printf -v message '%(%a %b %e %H:%M:%S %Y)T' -1
    report sent "$message" "sending data: '%s'"
    exchange "$message"
    report answered "$answer" 'received sha1 of data: %s'
done
