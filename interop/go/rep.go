package main

import (
	"context"
	"fmt"
	"time"

	"github.com/go-zeromq/zmq4"
)

// linger is for a server's last reply: zmq4 hands a reply to a goroutine, says that it was sent, and has
// nothing to wait for until it is true.
const linger = 100 * time.Millisecond

// rep answers each message with its SHA-1 in lower-case hex.
func rep(endpoints []string) error {
	socket := zmq4.NewRep(context.Background())
	defer socket.Close()
	if err := listen(socket, endpoints[0]); err != nil {
		return err
	}
	ready(socket)
	for done := 0; done < count; done++ {
		received := receive(socket)
		request := received.Bytes()
		report("received", request, fmt.Sprintf("go: received '%s' from client.", show(request)))
		reply := []byte(digest(request))
		if err := socket.Send(zmq4.NewMsg(reply)); err != nil {
			return err
		}
		report("replied", reply,
			fmt.Sprintf("go (pid=%d): sending back sha1 of the received data: %s", pid, reply))
	}
	time.Sleep(linger)
	return nil
}
