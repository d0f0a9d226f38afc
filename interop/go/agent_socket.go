// The sockets that the agent has, and all that is done with one: each op waits until its deadline.

package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/plain"
)

const (
	// defaultTimeout is how many milliseconds an op waits where neither it nor its socket says.
	defaultTimeout = 1000
	// shortest is the shortest wait: zmq4 has no call that does not block, so what is there takes time too.
	shortest = 5 * time.Millisecond
)

var (
	socketTypes = map[zmq4.SocketType]func(context.Context, ...zmq4.Option) zmq4.Socket{
		zmq4.Req: zmq4.NewReq, zmq4.Rep: zmq4.NewRep, zmq4.Dealer: zmq4.NewDealer, zmq4.Router: zmq4.NewRouter,
		zmq4.Pub: zmq4.NewPub, zmq4.Sub: zmq4.NewSub, zmq4.XPub: zmq4.NewXPub, zmq4.XSub: zmq4.NewXSub,
		zmq4.Push: zmq4.NewPush, zmq4.Pull: zmq4.NewPull, zmq4.Pair: zmq4.NewPair,
	}
	transports = []string{"tcp", "ipc", "inproc"}
)

// sockets holds what the harness has made since the last reset.
type sockets struct {
	ctx     context.Context
	cancel  context.CancelFunc
	named   map[string]*agentSocket
	proxied []*agentSocket
}

// reset drops everything. The context goes first: that ends dialing, and a proxy before it reads what a
// closed socket returns.
func (all *sockets) reset() {
	if all.cancel != nil {
		all.cancel()
	}
	for _, s := range all.named {
		s.close()
	}
	for _, s := range all.proxied {
		s.close()
	}
	all.ctx, all.cancel = context.WithCancel(context.Background())
	all.named, all.proxied = map[string]*agentSocket{}, nil
}

func (all *sockets) open(r request) error {
	if _, taken := all.named[r.Socket]; taken || r.Socket == "" {
		return refuse("bad-request", "%q cannot be the name of a new socket", r.Socket)
	}
	s, err := newSocket(all.ctx, r.Type)
	if err != nil {
		return err
	}
	for option, value := range r.Options {
		if err := s.setOption(option, value); err != nil {
			return err
		}
	}
	all.named[r.Socket] = s
	return nil
}

func (all *sockets) proxy(r request) error {
	front, back := all.named[r.Frontend], all.named[r.Backend]
	if front == nil || back == nil {
		return refuse("bad-request", "there is no socket %q, or no %q", r.Frontend, r.Backend)
	}
	proxy := zmq4.NewProxy(all.ctx, front.open(false), back.open(false), nil)
	go proxy.Run()
	delete(all.named, r.Frontend)
	delete(all.named, r.Backend)
	all.proxied = append(all.proxied, front, back)
	return nil
}

// agentSocket is a socket of the agent. zmq4 takes its options when it makes a socket, and must then know
// whether to dial again (a socket that listens would dial itself): it is made when it binds or connects.
type agentSocket struct {
	zmq4.Socket
	ctx       context.Context
	kind      zmq4.SocketType
	options   []zmq4.Option
	plain     bool
	user, key string
	hwm       int
	// sendTimeout is the socket's own in milliseconds, -1 for none.
	sendTimeout int
	topics      []string           // subscribed before the socket was made
	dialling    bool               // Dial was called,
	dialled     context.Context    // and is done when it has succeeded
	reached     context.CancelFunc // once
	sending     chan struct{}      // full while a Send is under way
	incoming    chan received      // of the Recv that is under way, if any
	failed      error              // an error that came after messages: the next recv meets it
}

type received struct {
	message zmq4.Msg
	err     error
}

func newSocket(ctx context.Context, kind zmq4.SocketType) (*agentSocket, error) {
	if socketTypes[kind] == nil {
		return nil, refuse("unsupported", "zmq4 has no socket type %q", kind)
	}
	s := &agentSocket{ctx: ctx, kind: kind, sendTimeout: -1, sending: make(chan struct{}, 1)}
	s.dialled, s.reached = context.WithCancel(ctx)
	return s, nil
}

func (s *agentSocket) open(dialling bool) zmq4.Socket {
	if s.Socket != nil {
		return s.Socket
	}
	if s.plain {
		s.options = append(s.options, zmq4.WithSecurity(plain.Security(s.user, s.key)))
	}
	options := append(slices.Clone(dialing), zmq4.WithAutomaticReconnect(dialling))
	s.Socket = socketTypes[s.kind](s.ctx, append(options, s.options...)...)
	if s.hwm > 0 {
		_ = s.SetOption(zmq4.OptionHWM, s.hwm)
	}
	for _, topic := range s.topics {
		_ = s.SetOption(zmq4.OptionSubscribe, topic)
	}
	return s.Socket
}

func checkEndpoint(endpoint string) error {
	transport, _, found := strings.Cut(endpoint, "://")
	if !found {
		return refuse("EINVAL", "%q is no endpoint", endpoint)
	}
	if !slices.Contains(transports, transport) {
		return refuse("unsupported", "zmq4 has no transport %q", transport)
	}
	if err := check(endpoint); err != nil {
		return refuse("EINVAL", "%v", err)
	}
	return nil
}

func (s *agentSocket) bind(endpoint string) (string, error) {
	if err := checkEndpoint(endpoint); err != nil {
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
func (s *agentSocket) connect(endpoint string) error {
	if err := checkEndpoint(endpoint); err != nil {
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
	case <-time.After(4 * shortest):
	}
	return nil
}

func (s *agentSocket) subscribe(option string, topic frame) error {
	if s.kind != zmq4.Sub {
		return refuse("EINVAL", "%s cannot subscribe", s.kind)
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

// deadline is the context of an op that ends when it must be answered; own is the timeout of its socket,
// which zmq4 keeps itself: it is to answer first.
func (s *agentSocket) deadline(r request, own int) (context.Context, context.CancelFunc) {
	timeout := defaultTimeout * time.Millisecond
	if r.TimeoutMS != nil {
		timeout = time.Duration(*r.TimeoutMS) * time.Millisecond
	} else if own >= 0 {
		timeout = time.Duration(own)*time.Millisecond + shortest
	}
	return context.WithTimeout(s.ctx, max(timeout, shortest))
}

func (s *agentSocket) send(r request) (any, error) {
	if len(r.Frames) == 0 {
		return nil, refuse("bad-request", "a message has at least one frame")
	}
	message := zmq4.Msg{}
	for _, frame := range r.Frames {
		message.Frames = append(message.Frames, frame)
	}
	count := 1
	if r.Count != nil {
		count = *r.Count
	}
	ctx, cancel := s.deadline(r, s.sendTimeout)
	defer cancel()
	for sent := range count {
		if err := s.sendUntil(ctx, message); err != nil {
			failed := *refusalOf(err)
			failed.Sent = &sent
			return nil, &failed
		}
	}
	return map[string]int{"sent": count}, nil
}

// sendUntil gives up waiting when it is time. A Send that is under way cannot be taken back, however: it
// ends when its socket or its connection does.
func (s *agentSocket) sendUntil(ctx context.Context, message zmq4.Msg) error {
	s.open(false)
	if ctx.Err() != nil {
		return again
	}
	if s.kind == zmq4.Pub { // it has a queue, and never waits
		return s.Send(message)
	}
	if s.dialling && s.kind != zmq4.XPub && s.kind != zmq4.Router {
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
		for lonely(err) { // a REQ that nobody is there for does not wait
			time.Sleep(time.Millisecond)
			if ctx.Err() != nil { // what was given up must not be sent to who comes next
				break
			}
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

func (s *agentSocket) receive(r request) (any, error) {
	ctx, cancel := s.deadline(r, -1)
	defer cancel()
	if r.Count == nil {
		message, err := s.receiveUntil(ctx)
		return map[string][]D{"frames": message}, err
	}
	messages := [][]D{}
	for len(messages) < *r.Count {
		message, err := s.receiveUntil(ctx)
		if err == again {
			break
		} else if err != nil && len(messages) == 0 {
			return nil, err
		} else if err != nil { // what came before it is not lost
			s.failed = err
			break
		}
		messages = append(messages, message)
	}
	return map[string][][]D{"messages": messages}, nil
}

// receiveUntil leaves a Recv that came to nothing in time under way, for the next recv.
func (s *agentSocket) receiveUntil(ctx context.Context) ([]D, error) {
	if failed := s.failed; failed != nil {
		s.failed = nil
		return nil, failed
	}
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
			return describeAll(got.message), got.err
		}
	}
}

func (s *agentSocket) close() {
	s.reached()
	if s.Socket != nil {
		_ = s.Close()
	}
}
