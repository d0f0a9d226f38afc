#!/usr/bin/env bash
# Sends ten random letters and its pid every second, prints what comes back.

# shellcheck source=SCRIPTDIR/role.sh
source "$(dirname "${BASH_SOURCE[0]}")/role.sh"

start mreq frontend tcp://127.0.0.1:5559 "$@"
letters=qwertyuiop
for ((n = 0; n != count; n++)); do
    ((n == 0)) || pause "$interval"
    message=
    for _ in {1..10}; do message+=${letters:RANDOM%10:1}; done
    message+=" (from client pid=$$)"
    report sent "$message"
    exchange "$message"
    report answered "$answer" 'received the original data: %s'
done
