package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/go-zeromq/zmq4"
)

// client asks until it is answered. zmq4 has neither ZMQ_REQ_RELAXED nor ZMQ_REQ_CORRELATE: a sending
// that was in vain takes its socket with it, and so a late answer finds nobody.
type client struct {
	endpoint string
	requests chan<- []byte // to the socket that is in use, nil before there is one
	answers  <-chan []byte
	giveUp   context.CancelFunc
}

func (c *client) ask(request []byte) []byte {
	for {
		late := time.After(resendAfter)
		if c.requests == nil {
			c.open()
		}
		c.requests <- request
		select {
		case answer := <-c.answers:
			return answer
		case <-late:
		}
		c.giveUp()
		c.requests = nil
		report("resent", request, "")
		if !events {
			fmt.Fprintf(os.Stderr, "go (pid=%d): no answer for 1 s, sending again\n", pid)
		}
	}
}

func (c *client) open() {
	ctx, cancel := context.WithCancel(context.Background())
	requests, answers := make(chan []byte, 1), make(chan []byte, 1)
	c.requests, c.answers, c.giveUp = requests, answers, cancel
	go exchange(ctx, c.endpoint, requests, answers)
}

// exchange asks by one REQ socket. When it ends early, the client is answered nothing, and sends again.
func exchange(ctx context.Context, endpoint string, requests <-chan []byte, answers chan<- []byte) {
	socket := zmq4.NewReq(ctx, dialing...)
	if err := socket.Dial(endpoint); err != nil {
		return
	}
	context.AfterFunc(ctx, func() { socket.Close() }) // ends Recv too, which the context alone does not
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case request := <-requests:
			if err := socket.Send(zmq4.NewMsg(request)); err != nil {
				return
			}
			answer, err := socket.Recv()
			if err != nil {
				return
			}
			answers <- answer.Bytes()
		}
	}
}
