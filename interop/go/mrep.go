package main

import (
	"context"
	"fmt"
	"time"

	"github.com/go-zeromq/zmq4"
)

// mrep is a server behind msgqueue that echoes each request.
func mrep(endpoints []string) error {
	backend := endpoints[0]
	if err := check(backend); err != nil {
		return err
	}
	socket := zmq4.NewRep(context.Background(), append(dialing, zmq4.WithAutomaticReconnect(true))...)
	defer socket.Close()
	ready()
	if count > 0 { // else the broker may be absent, and there is nothing to wait for
		dial(socket, backend)
	}
	for done := 0; done < count; done++ {
		received := receive(socket)
		request := received.Bytes()
		report("received", request, fmt.Sprintf("go: received '%s' from client.", show(request)))
		if err := socket.Send(zmq4.NewMsg(request)); err != nil {
			return err
		}
		report("replied", request,
			fmt.Sprintf("go (pid=%d): sending back the received data: %s", pid, show(request)))
	}
	time.Sleep(linger)
	return nil
}
