"""versions: prints what this peer consists of as one line of JSON."""

import json
import sys

import role  # noqa: F401 - finds pyzmq, or says how to install it
import zmq

print(
    json.dumps(
        {
            "language": "Python",
            "interpreter": sys.version.split()[0],
            "binding": f"pyzmq {zmq.pyzmq_version()}",
            "libzmq": zmq.zmq_version(),
            "engine": {"name": "libzmq", "version": zmq.zmq_version()},
        }
    )
)
