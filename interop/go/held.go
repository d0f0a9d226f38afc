package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/plain"
)

// moment is the shortest wait: zmq4 has no call that does not block, so what is there takes a moment too.
const moment = 5 * time.Millisecond

var (
	kinds = map[zmq4.SocketType]func(context.Context, ...zmq4.Option) zmq4.Socket{
		zmq4.Req: zmq4.NewReq, zmq4.Rep: zmq4.NewRep, zmq4.Dealer: zmq4.NewDealer, zmq4.Router: zmq4.NewRouter,
		zmq4.Pub: zmq4.NewPub, zmq4.Sub: zmq4.NewSub, zmq4.XPub: zmq4.NewXPub, zmq4.XSub: zmq4.NewXSub,
		zmq4.Push: zmq4.NewPush, zmq4.Pull: zmq4.NewPull, zmq4.Pair: zmq4.NewPair,
	}
	options = []string{"ROUTING_ID", "SNDTIMEO", "SNDHWM", "RECONNECT_IVL",
		"PLAIN_SERVER", "PLAIN_USERNAME", "PLAIN_PASSWORD"}
	transports = []string{"tcp", "ipc", "inproc"}
)

// held is a socket of the agent. zmq4 takes its options when it makes a socket, and must then know whether
// to dial again (a socket that listens would dial itself): it is made when it binds or connects.
type held struct {
	zmq4.Socket
	ctx       context.Context
	kind      zmq4.SocketType
	options   []zmq4.Option
	plain     bool
	user, key string
	hwm       int
	topics    []string           // subscribed before the socket was made
	dialling  bool               // Dial was called,
	dialled   context.Context    // and is done when it has succeeded
	reached   context.CancelFunc // once
	sending   chan struct{}      // full while a Send is under way
	incoming  chan received      // of the Recv that is under way, if any
}

type received struct {
	message zmq4.Msg
	err     error
}

func newHeld(ctx context.Context, kind zmq4.SocketType) (*held, error) {
	if kinds[kind] == nil {
		return nil, fail("unsupported", "zmq4 has no socket type %q", kind)
	}
	s := &held{ctx: ctx, kind: kind, sending: make(chan struct{}, 1)}
	s.dialled, s.reached = context.WithCancel(ctx)
	return s, nil
}

func (s *held) open(dialling bool) zmq4.Socket {
	if s.Socket != nil {
		return s.Socket
	}
	if s.plain {
		s.options = append(s.options, zmq4.WithSecurity(plain.Security(s.user, s.key)))
	}
	options := append(slices.Clone(dialing), zmq4.WithAutomaticReconnect(dialling))
	s.Socket = kinds[s.kind](s.ctx, append(options, s.options...)...)
	if s.hwm > 0 {
		_ = s.SetOption(zmq4.OptionHWM, s.hwm)
	}
	for _, topic := range s.topics {
		_ = s.SetOption(zmq4.OptionSubscribe, topic)
	}
	return s.Socket
}

func (s *held) set(option string, value json.RawMessage) error {
	if !slices.Contains(options, option) {
		return fail("unsupported", "zmq4 has no option %q", option)
	}
	if s.Socket != nil {
		return fail("unsupported", "zmq4 takes options before a socket is bound or connected only")
	}
	var number int
	var text string
	var bytes frame
	var err error
	switch option {
	case "ROUTING_ID":
		if err = json.Unmarshal(value, &bytes); err == nil {
			s.options = append(s.options, zmq4.WithID(zmq4.SocketIdentity(bytes)))
		}
	case "PLAIN_USERNAME", "PLAIN_PASSWORD":
		if err = json.Unmarshal(value, &text); err == nil && option == "PLAIN_USERNAME" {
			s.plain, s.user = true, text
		} else if err == nil {
			s.plain, s.key = true, text
		}
	default:
		err = json.Unmarshal(value, &number)
	}
	if err != nil {
		return fail("bad-request", "%s: %v", option, err)
	}
	switch duration := time.Duration(number) * time.Millisecond; option {
	case "PLAIN_SERVER":
		s.plain = number != 0
	case "RECONNECT_IVL":
		s.options = append(s.options, zmq4.WithDialerRetry(duration))
	case "SNDTIMEO":
		s.options = append(s.options, zmq4.WithTimeout(duration))
	case "SNDHWM":
		if s.kind != zmq4.Pub {
			return fail("unsupported", "zmq4 has a high-water mark for PUB only")
		}
		s.hwm = number
	}
	return nil
}

func known(endpoint string) error {
	transport, _, found := strings.Cut(endpoint, "://")
	if !found {
		return fail("EINVAL", "%q is no endpoint", endpoint)
	}
	if !slices.Contains(transports, transport) {
		return fail("unsupported", "zmq4 has no transport %q", transport)
	}
	if err := check(endpoint); err != nil {
		return fail("EINVAL", "%v", err)
	}
	return nil
}

func (s *held) bind(endpoint string) (string, error) {
	if err := known(endpoint); err != nil {
		return "", err
	}
	if err := s.open(false).Listen(endpoint); err != nil {
		return "", err
	}
	if strings.HasPrefix(endpoint, "tcp:") {
		endpoint = address(s)
	}
	return endpoint, nil
}

// connect waits for a peer that is there, so that two of them take turns from the start, but not for an
// absent one as Dial does.
func (s *held) connect(endpoint string) error {
	if err := known(endpoint); err != nil {
		return err
	}
	s.open(true)
	s.dialling = true
	done := make(chan struct{})
	go func() {
		if s.Dial(endpoint) == nil {
			s.reached()
		}
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(4 * moment):
	}
	return nil
}

func (s *held) subscribe(option string, topic frame) error {
	if s.kind != zmq4.Sub {
		return fail("EINVAL", "%s cannot subscribe", s.kind)
	}
	if s.Socket != nil {
		return s.SetOption(option, string(topic))
	}
	s.topics = slices.DeleteFunc(s.topics, func(known string) bool { return known == string(topic) })
	if option == zmq4.OptionSubscribe {
		s.topics = append(s.topics, string(topic))
	}
	return nil
}

func (s *held) sendAll(ctx context.Context, frames []frame, count *int) (any, error) {
	if len(frames) == 0 {
		return nil, fail("bad-request", "a message has at least one frame")
	}
	message := zmq4.Msg{}
	for _, frame := range frames {
		message.Frames = append(message.Frames, frame)
	}
	number := 1
	if count != nil {
		number = *count
	}
	for sent := range number {
		if err := s.send(ctx, message); err != nil {
			failed := *respond(nil, nil, err).Error
			failed.Sent = &sent
			return nil, &failed
		}
	}
	return map[string]int{"sent": number}, nil
}

// send gives up waiting when it is time. A Send that is under way cannot be taken back, however: it ends
// when its socket or its connection does.
func (s *held) send(ctx context.Context, message zmq4.Msg) error {
	s.open(false)
	if s.dialling && s.kind != zmq4.Pub && s.kind != zmq4.XPub && s.kind != zmq4.Router {
		select {
		case <-s.dialled.Done():
		case <-ctx.Done():
			return again
		}
	}
	select {
	case s.sending <- struct{}{}:
	case <-ctx.Done():
		return again
	}
	done := make(chan error, 1)
	go func() {
		err := s.Send(message)
		for lonely(err) && ctx.Err() == nil { // a REQ that nobody is there for does not wait
			time.Sleep(time.Millisecond)
			err = s.Send(message)
		}
		done <- err
		<-s.sending
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return again
	}
}

func (s *held) recvAll(ctx context.Context, count *int) (any, error) {
	if count == nil {
		message, err := s.recv(ctx)
		return map[string][]D{"frames": message}, err
	}
	messages := [][]D{}
	for len(messages) < *count {
		message, err := s.recv(ctx)
		if err == again {
			break
		} else if err != nil {
			return nil, err
		}
		messages = append(messages, message)
	}
	return map[string][][]D{"messages": messages}, nil
}

// recv leaves a Recv that came to nothing in time under way, for the next recv.
func (s *held) recv(ctx context.Context) ([]D, error) {
	s.open(false)
	for {
		if s.incoming == nil {
			incoming := make(chan received, 1)
			s.incoming = incoming
			go func() {
				message, err := s.Recv()
				incoming <- received{message, err}
			}()
		}
		select {
		case <-ctx.Done():
			return nil, again
		case got := <-s.incoming:
			s.incoming = nil
			if got.err != nil && s.kind != zmq4.Req && ended(got.err) {
				continue // zmq4 tells that a peer has gone; ZeroMQ does not
			}
			frames := []D{}
			for _, frame := range got.message.Frames {
				frames = append(frames, describe(frame))
			}
			return frames, got.err
		}
	}
}

func (s *held) close() {
	s.reached()
	if s.Socket != nil {
		_ = s.Close()
	}
}
