package main

import (
	"context"

	"github.com/go-zeromq/zmq4"
)

// msgqueue is the request-reply broker.
func msgqueue(endpoints []string) error {
	clients, servers := zmq4.NewRouter(context.Background()), zmq4.NewDealer(context.Background())
	defer clients.Close()
	defer servers.Close()
	if err := listen(clients, endpoints[0]); err != nil {
		return err
	}
	if err := listen(servers, endpoints[1]); err != nil {
		return err
	}
	ready(clients, servers)
	// zmq4.Proxy would do, but it forwards what Recv returns when a server leaves, an error and a message
	// without frames, and ROUTER panics at that.
	go forward(clients, servers)
	forward(servers, clients)
	return nil
}

// forward carries messages, with all their frames, as they come. One that cannot be delivered, because
// its client or all servers have gone, is dropped: clients ask again.
func forward(from, to zmq4.Socket) {
	for {
		_ = to.Send(receive(from))
	}
}
