package main

import (
	"context"
	"fmt"

	"github.com/go-zeromq/zmq4"
)

// req pulls messages, asks a rep for the SHA-1 of each, and prints both.
func req(endpoints []string) error {
	pull, rep := endpoints[0], endpoints[1]
	if err := check(rep); err != nil {
		return err
	}
	socket := zmq4.NewPull(context.Background())
	defer socket.Close()
	if err := listen(socket, pull); err != nil {
		return err
	}
	ready(socket)
	client := client{endpoint: rep}
	for done := 0; done < count; done++ {
		pulled := receive(socket)
		message := pulled.Bytes()
		report("pulled", message, fmt.Sprintf("go: received '%s'", show(message)))
		answer := client.ask(message)
		report("answered", answer,
			fmt.Sprintf("go (pid=%d): received sha1 from server: %s", pid, show(answer)))
	}
	return nil
}
