#!/usr/bin/env bash
# What is tested here, as one JSON line.
printf '{"language":"bash","interpreter":"%s","binding":"raw ZMTP 1.0","libzmq":null,%s}\n' \
    "${BASH_VERSION%%(*}" '"engine":{"name":"raw ZMTP","version":"1.0"}'
