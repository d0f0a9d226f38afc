// The options of a socket, by the contract's names. There is no get: zmq4 has nothing to read.

package main

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/go-zeromq/zmq4"
)

var options = []string{"ROUTING_ID", "SNDTIMEO", "SNDHWM", "RECONNECT_IVL",
	"PLAIN_SERVER", "PLAIN_USERNAME", "PLAIN_PASSWORD"}

// only has the socket types of an option that zmq4 does not have for all that should.
var only = map[string][]string{"SNDHWM": {"PUB"}}

func (s *agentSocket) setOption(option string, value json.RawMessage) error {
	if !slices.Contains(options, option) {
		return refuse("unsupported", "zmq4 has no option %q", option)
	}
	if s.Socket != nil {
		return refuse("unsupported", "zmq4 takes options before a socket is bound or connected only")
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
		return refuse("bad-request", "%s: %v", option, err)
	}
	switch duration := time.Duration(number) * time.Millisecond; option {
	case "PLAIN_SERVER":
		s.plain = number != 0
	case "RECONNECT_IVL":
		s.options = append(s.options, zmq4.WithDialerRetry(duration))
	case "SNDTIMEO":
		s.options = append(s.options, zmq4.WithTimeout(duration))
		s.sendTimeout = number
	case "SNDHWM":
		if s.kind != zmq4.Pub {
			return refuse("unsupported", "zmq4 has a high-water mark for PUB only")
		}
		s.hwm = number
	}
	return nil
}
