package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/go-zeromq/zmq4"
)

// request is a line of standard input.
type request struct {
	ID        any                        `json:"id"`
	Op        string                     `json:"op"`
	Socket    string                     `json:"socket"`
	Type      zmq4.SocketType            `json:"type"`
	Options   map[string]json.RawMessage `json:"options"`
	Option    string                     `json:"option"`
	Value     json.RawMessage            `json:"value"`
	Endpoint  string                     `json:"endpoint"`
	Frames    []frame                    `json:"frames"`
	Topic     frame                      `json:"topic"`
	Count     *int                       `json:"count"`
	TimeoutMS int                        `json:"timeout_ms"`
	Frontend  string                     `json:"frontend"`
	Backend   string                     `json:"backend"`
}

type response struct {
	ID    any      `json:"id"`
	OK    any      `json:"ok,omitempty"`
	Error *failure `json:"error,omitempty"`
}

// failure is what an op answers instead of ok.
type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Sent    *int   `json:"sent,omitempty"`
}

func (f *failure) Error() string { return f.Message }

func fail(code, format string, arguments ...any) *failure {
	return &failure{Code: code, Message: fmt.Sprintf(format, arguments...)}
}

var (
	nothing = struct{}{}
	again   = fail("EAGAIN", "nothing came, or could be sent, in time")
)

// frame is the bytes of {"hex":…}, {"text":…} or {"fill":{"size":…,"seed":…}}.
type frame []byte

func (f *frame) UnmarshalJSON(text []byte) error {
	var form struct {
		Hex, Text *string
		Fill      *struct{ Size, Seed int }
	}
	if err := json.Unmarshal(text, &form); err != nil {
		return err
	}
	switch {
	case form.Hex != nil:
		data, err := hex.DecodeString(*form.Hex)
		*f = data
		return err
	case form.Text != nil:
		*f = []byte(*form.Text)
	case form.Fill != nil:
		*f = make([]byte, form.Fill.Size)
		for i := range *f {
			(*f)[i] = byte((form.Fill.Seed + i) % 251)
		}
	default:
		return errors.New("a frame is one of hex, text and fill")
	}
	return nil
}

// remote holds what the harness has made since the last reset.
type remote struct {
	ctx     context.Context
	cancel  context.CancelFunc
	sockets map[string]*held
	proxied []*held
}

// agent does what it is told on standard input, until that ends.
func agent([]string) error {
	a := &remote{}
	a.reset()
	input := bufio.NewReader(os.Stdin)
	for {
		text, err := input.ReadBytes('\n')
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		asked := request{TimeoutMS: int(patience.Milliseconds())}
		var answer any
		err = json.Unmarshal(text, &asked)
		if _, number := asked.ID.(float64); !number {
			asked = request{}
			err = fail("bad-request", "a request is an object with a number, its id")
		} else if err != nil {
			err = fail("bad-request", "%v", err)
		} else {
			answer, err = a.do(asked)
		}
		line(respond(asked.ID, answer, err))
		if asked.Op == "exit" {
			return nil
		}
	}
}

func respond(id any, answer any, err error) response {
	var known *failure
	switch {
	case err == nil:
		return response{ID: id, OK: answer}
	case errors.As(err, &known):
	case errors.Is(err, syscall.EADDRINUSE):
		known = fail("EADDRINUSE", "%v", err)
	case lonely(err):
		known = fail("EAGAIN", "%v", err)
	case strings.Contains(err.Error(), "sockets can't"):
		known = fail("ENOTSUP", "%v", err)
	default:
		known = fail("other", "%v", err)
	}
	return response{ID: id, Error: known}
}

func (a *remote) do(r request) (any, error) {
	switch r.Op {
	case "hello":
		return hello(), nil
	case "reset":
		a.reset()
		return nothing, nil
	case "exit":
		return nothing, nil
	case "socket":
		return nothing, a.create(r)
	case "proxy":
		return nothing, a.proxy(r)
	case "set", "bind", "connect", "send", "recv", "subscribe", "unsubscribe", "close":
	default:
		return nil, fail("unsupported", "zmq4 has no %q", r.Op)
	}
	s, known := a.sockets[r.Socket]
	if !known {
		return nil, fail("bad-request", "there is no socket %q", r.Socket)
	}
	ctx, cancel := context.WithTimeout(a.ctx, max(time.Duration(r.TimeoutMS)*time.Millisecond, moment))
	defer cancel()
	switch r.Op {
	case "set":
		return nothing, s.set(r.Option, r.Value)
	case "bind":
		endpoint, err := s.bind(r.Endpoint)
		return map[string]string{"endpoint": endpoint}, err
	case "connect":
		return nothing, s.connect(r.Endpoint)
	case "send":
		return s.sendAll(ctx, r.Frames, r.Count)
	case "recv":
		return s.recvAll(ctx, r.Count)
	case "subscribe":
		return nothing, s.subscribe(zmq4.OptionSubscribe, r.Topic)
	case "unsubscribe":
		return nothing, s.subscribe(zmq4.OptionUnsubscribe, r.Topic)
	default: // close
		s.close()
		delete(a.sockets, r.Socket)
		return nothing, nil
	}
}

// reset drops everything. The context goes first: that ends dialing, and a proxy before it reads what a
// closed socket returns.
func (a *remote) reset() {
	if a.cancel != nil {
		a.cancel()
	}
	for _, s := range a.sockets {
		s.close()
	}
	for _, s := range a.proxied {
		s.close()
	}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	a.sockets, a.proxied = map[string]*held{}, nil
}

func (a *remote) create(r request) error {
	if _, taken := a.sockets[r.Socket]; taken || r.Socket == "" {
		return fail("bad-request", "%q cannot be the name of a new socket", r.Socket)
	}
	s, err := newHeld(a.ctx, r.Type)
	if err != nil {
		return err
	}
	for option, value := range r.Options {
		if err := s.set(option, value); err != nil {
			return err
		}
	}
	a.sockets[r.Socket] = s
	return nil
}

func (a *remote) proxy(r request) error {
	front, back := a.sockets[r.Frontend], a.sockets[r.Backend]
	if front == nil || back == nil {
		return fail("bad-request", "there is no socket %q, or no %q", r.Frontend, r.Backend)
	}
	proxy := zmq4.NewProxy(a.ctx, front.open(false), back.open(false), nil)
	go proxy.Run()
	delete(a.sockets, r.Frontend)
	delete(a.sockets, r.Backend)
	a.proxied = append(a.proxied, front, back)
	return nil
}

// only has the socket types of an option that zmq4 does not have for all that should.
type only map[string][]string

func hello() any {
	types := []string{}
	for kind := range kinds {
		types = append(types, string(kind))
	}
	return struct {
		Contract int `json:"contract"`
		peer
		ZMTP        []string `json:"zmtp"`
		SocketTypes []string `json:"socket_types"`
		Options     []string `json:"options"`
		Only        only     `json:"only"`
		Mechanisms  []string `json:"mechanisms"`
		Transports  []string `json:"transports"`
		Features    []string `json:"features"`
	}{1, self(), []string{"3.0"}, types, options, only{"SNDHWM": {"PUB"}}, []string{"NULL", "PLAIN"}, transports, []string{"proxy", "count"}}
}
