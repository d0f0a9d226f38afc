#!/usr/bin/env bash
# zmq_push as a program.

# shellcheck source=SCRIPTDIR/zmq_push.sh
source "$(dirname "${BASH_SOURCE[0]}")/zmq_push.sh"

zmq_push_here "$@"
