"""What requests and responses consist of: frames as JSON, and refusals."""

import errno

from role import describe
import zmq

PATTERN = bytes(range(251))  # the period of a frame that is a fill

__all__ = ["Refusal", "bytes_of", "describe", "refusal_of"]


class Refusal(Exception):  # noqa: N818 - the contract's own errors
    """A code of the contract, and why; `sent` is the number of messages that were sent before."""

    def __init__(self, code, message, sent=None):
        """Refuse an op."""
        super().__init__(message)
        self.code, self.sent = code, sent

    def to_json(self):
        """Make the error of a response."""
        error = {"code": self.code, "message": str(self)}
        return error if self.sent is None else {**error, "sent": self.sent}


def refusal_of(error, sent=None):
    """Refuse what libzmq refuses, by its own name of the error."""
    code = errno.errorcode.get(error.errno) or zmq.Errno(error.errno).name
    if error.errno == errno.EPROTONOSUPPORT:  # a transport that this libzmq is built without
        code = "unsupported"
    return Refusal(code, error.strerror, sent)


def bytes_of(frame):
    """Make the bytes that a request describes."""
    [(form, value)] = frame.items()
    if form == "hex":
        return bytes.fromhex(value)
    if form == "text":
        return value.encode()
    if form == "fill":
        size, start = value["size"], value["seed"] % 251
        if size < 0:
            raise Refusal("bad-request", "a frame has no bytes at least")
        return (PATTERN * ((start + size) // 251 + 1))[start : start + size]
    raise Refusal("bad-request", f"a frame is hex, text or fill, not {form}")
