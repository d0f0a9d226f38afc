// What the seven programs share: arguments, endpoints, events. docs/role-contract.md says what each of
// them does and prints.

package main

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-zeromq/zmq4"
)

const (
	resendAfter = time.Second           // until a client sends again
	redial      = 50 * time.Millisecond // the pause between two attempts to reach an absent peer
	shown       = 1024                  // so many bytes of a message are shown
)

var (
	pid      = os.Getpid()
	events   = os.Getenv("INTEROP_EVENTS") == "1"
	count    = number("INTEROP_COUNT", math.MaxInt)
	interval = time.Duration(number("INTEROP_INTERVAL_MS", 1000)) * time.Millisecond
)

// number reads a number from the environment.
func number(variable string, otherwise int) int {
	value := os.Getenv(variable)
	if value == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		fmt.Fprintf(os.Stderr, "go: %s must be a number, not %q\n", variable, value)
		os.Exit(2)
	}
	return int(n)
}

// digest is the SHA-1 of data in lower-case hexadecimal digits.
func digest(data []byte) string {
	sum := sha1.Sum(data)
	return hex.EncodeToString(sum[:])
}

// D describes bytes to a machine.
type D struct {
	Size int     `json:"size"`
	SHA1 string  `json:"sha1"`
	Hex  *string `json:"hex,omitempty"`
}

func describe(data []byte) D {
	d := D{Size: len(data), SHA1: digest(data)}
	if len(data) <= shown {
		digits := hex.EncodeToString(data)
		d.Hex = &digits
	}
	return d
}

// show makes bytes fit for a terminal: what is not UTF-8 and what controls appears as \xNN.
func show(data []byte) string {
	var text strings.Builder
	for rest := data[:min(len(data), shown)]; len(rest) > 0; {
		char, size := utf8.DecodeRune(rest)
		switch {
		case char == utf8.RuneError && size == 1, char < utf8.RuneSelf && unicode.IsControl(char):
			fmt.Fprintf(&text, `\x%02x`, rest[0])
		default:
			text.Write(rest[:size])
		}
		rest = rest[size:]
	}
	if len(data) > shown {
		fmt.Fprintf(&text, "... (%d bytes)", len(data))
	}
	return text.String()
}

// line prints a value as a line of JSON, with a single system call.
func line(value any) {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // there are only numbers and strings in it
	}
	os.Stdout.Write(append(text, '\n'))
}

// report tells what became of a message: an event for a machine, or a sentence for a person.
func report(event string, data []byte, sentence string) {
	if events {
		line(struct {
			Event string `json:"event"`
			PID   int    `json:"pid"`
			Data  D      `json:"data"`
		}{event, pid, describe(data)})
	} else if sentence != "" {
		fmt.Println(sentence)
	}
}

// ready tells a machine that all sockets are there, and where the bound ones are.
func ready(bound ...zmq4.Socket) {
	if !events {
		return
	}
	endpoints := []string{}
	for _, socket := range bound {
		endpoints = append(endpoints, address(socket))
	}
	line(struct {
		Event     string   `json:"event"`
		PID       int      `json:"pid"`
		Endpoints []string `json:"endpoints"`
	}{"ready", pid, endpoints})
}

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
