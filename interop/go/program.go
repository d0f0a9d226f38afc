package main

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-zeromq/zmq4"
)

const (
	patience = time.Second // until a client sends again, and of an op that doesn't say how long
	shown    = 1024        // so many bytes of a message are shown
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
