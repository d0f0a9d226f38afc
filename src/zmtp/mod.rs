//! ZMTP on the wire: greeting, frame, command, and a tap that records a conversation. Nothing here
//! uses libzmq: this is the independent witness.
