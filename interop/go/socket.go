package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/go-zeromq/zmq4"
)

// redial is the pause between two attempts to reach an absent peer.
const redial = 50 * time.Millisecond

var dialing = []zmq4.Option{zmq4.WithDialerRetry(redial), zmq4.WithDialerMaxRetries(-1)}

// dial connects to a good endpoint, however long that takes. zmq4's Dial waits for an absent peer, but
// gives up when one goes in the middle of the handshake.
func dial(socket zmq4.Socket, endpoint string) {
	for socket.Dial(endpoint) != nil {
		time.Sleep(redial)
	}
}

// receive waits for a message. An error is what became of one connection, not of the socket: zmq4 lets
// its users know that a peer left, or sent nonsense.
func receive(socket zmq4.Socket) zmq4.Msg {
	for {
		if message, err := socket.Recv(); err == nil {
			return message
		}
	}
}

// address is the endpoint that a socket is bound to, with its real port.
func address(socket zmq4.Socket) string {
	network := socket.Addr().Network()
	if network == "unix" {
		network = "ipc"
	}
	return network + "://" + socket.Addr().String()
}

// check tells a bad endpoint, which zmq4 would not name, or try again and again.
func check(endpoint string) error {
	transport, address, _ := strings.Cut(endpoint, "://")
	switch transport {
	case "ipc", "inproc":
		return nil
	case "tcp":
		_, port, err := net.SplitHostPort(address)
		if err == nil && port != "*" {
			_, err = net.LookupPort("tcp", port)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", endpoint, err)
		}
		return nil
	}
	return fmt.Errorf("%s: an endpoint looks like tcp://127.0.0.1:5555", endpoint)
}

// listen binds a socket to a good endpoint.
func listen(socket zmq4.Socket, endpoint string) error {
	if err := check(endpoint); err != nil {
		return err
	}
	return socket.Listen(endpoint)
}

// ended: a connection broke.
func ended(err error) bool {
	var network net.Error
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
}

// lonely: a REQ has nobody to send to.
func lonely(err error) bool {
	return err != nil && strings.Contains(err.Error(), "no connections available")
}
