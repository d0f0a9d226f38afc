// What requests and responses consist of: fields, frames as JSON, and refusals.

package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

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
	TimeoutMS *int                       `json:"timeout_ms"`
	Frontend  string                     `json:"frontend"`
	Backend   string                     `json:"backend"`
}

type response struct {
	ID    any      `json:"id"`
	OK    any      `json:"ok,omitempty"`
	Error *refusal `json:"error,omitempty"`
}

// refusal is what an op answers instead of ok.
type refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Sent    *int   `json:"sent,omitempty"`
}

func (r *refusal) Error() string { return r.Message }

func refuse(code, format string, arguments ...any) *refusal {
	return &refusal{Code: code, Message: fmt.Sprintf(format, arguments...)}
}

var (
	nothing = struct{}{}
	again   = refuse("EAGAIN", "nothing came, or could be sent, in time")
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

// describeAll describes the frames of a message.
func describeAll(message zmq4.Msg) []D {
	frames := []D{}
	for _, frame := range message.Frames {
		frames = append(frames, describe(frame))
	}
	return frames
}
