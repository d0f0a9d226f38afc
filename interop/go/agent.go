// agent: has sockets, and does with them what it is told. docs/agent-contract.md is its contract.
// Here are the main loop, the dispatch of the ops, hello and errors; interop/README.md shows the files.

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/go-zeromq/zmq4"
)

// agent does what it is told on standard input, until that ends.
func agent([]string) error {
	all := &sockets{}
	all.reset()
	input := bufio.NewReader(os.Stdin)
	for {
		text, err := input.ReadBytes('\n')
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		asked := request{}
		var answer any
		err = json.Unmarshal(text, &asked)
		if _, number := asked.ID.(float64); !number {
			asked = request{}
			err = refuse("bad-request", "a request is an object with a number, its id")
		} else if err != nil {
			err = refuse("bad-request", "%v", err)
		} else {
			answer, err = perform(all, asked)
		}
		if err != nil {
			line(response{ID: asked.ID, Error: refusalOf(err)})
		} else {
			line(response{ID: asked.ID, OK: answer})
		}
		if asked.Op == "exit" {
			return nil
		}
	}
}

// refusalOf finds ZeroMQ's name for an error: most of zmq4's are sentences.
func refusalOf(err error) *refusal {
	var known *refusal
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, syscall.EADDRINUSE):
		return refuse("EADDRINUSE", "%v", err)
	case lonely(err):
		return refuse("EAGAIN", "%v", err)
	case strings.Contains(err.Error(), "sockets can't"):
		return refuse("ENOTSUP", "%v", err)
	default:
		return refuse("other", "%v", err)
	}
}

func perform(all *sockets, r request) (any, error) {
	switch r.Op {
	case "hello":
		return hello(), nil
	case "reset":
		all.reset()
		return nothing, nil
	case "exit":
		return nothing, nil
	case "socket":
		return nothing, all.open(r)
	case "proxy":
		return nothing, all.proxy(r)
	case "set", "bind", "connect", "send", "recv", "subscribe", "unsubscribe", "close":
	default:
		return nil, refuse("unsupported", "zmq4 has no %q", r.Op)
	}
	s, known := all.named[r.Socket]
	if !known {
		return nil, refuse("bad-request", "there is no socket %q", r.Socket)
	}
	switch r.Op {
	case "set":
		return nothing, s.setOption(r.Option, r.Value)
	case "bind":
		endpoint, err := s.bind(r.Endpoint)
		return map[string]string{"endpoint": endpoint}, err
	case "connect":
		return nothing, s.connect(r.Endpoint)
	case "send":
		return s.send(r)
	case "recv":
		return s.receive(r)
	case "subscribe":
		return nothing, s.subscribe(zmq4.OptionSubscribe, r.Topic)
	case "unsubscribe":
		return nothing, s.subscribe(zmq4.OptionUnsubscribe, r.Topic)
	default: // close
		s.close()
		delete(all.named, r.Socket)
		return nothing, nil
	}
}

func hello() any {
	return struct {
		Contract int `json:"contract"`
		PID      int `json:"pid"`
		peer
		ZMTP        []string            `json:"zmtp"`
		SocketTypes []zmq4.SocketType   `json:"socket_types"`
		Options     []string            `json:"options"`
		Only        map[string][]string `json:"only"`
		Mechanisms  []string            `json:"mechanisms"`
		Transports  []string            `json:"transports"`
		Features    []string            `json:"features"`
	}{
		1, os.Getpid(), self(), []string{"3.0"}, slices.Sorted(maps.Keys(socketTypes)), options, only,
		[]string{"NULL", "PLAIN"}, transports, []string{"proxy", "count"},
	}
}
