package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/go-zeromq/zmq4"
)

// push sends all of standard input, less trailing newlines, as ONE message.
func push(endpoints []string) error {
	pull := endpoints[0]
	if err := check(pull); err != nil {
		return err
	}
	socket := zmq4.NewPush(context.Background(), dialing...)
	defer socket.Close()
	ready()
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		return fmt.Errorf("cannot read standard input: %w", err)
	}
	message := bytes.TrimRight(input, "\n")
	dial(socket, pull)
	if err := socket.Send(zmq4.NewMsg(message)); err != nil { // and this until the message has left
		return fmt.Errorf("cannot send to %s: %w", pull, err)
	}
	report("sent", message, "")
	return nil
}
