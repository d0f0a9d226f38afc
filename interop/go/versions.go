package main

import (
	"runtime"
	"runtime/debug"
	"strings"
)

type peer struct {
	Language    string  `json:"language"`
	Interpreter string  `json:"interpreter"`
	Binding     string  `json:"binding"`
	Libzmq      *string `json:"libzmq"` // null: there is none underneath
}

func self() peer {
	binding := "go-zeromq/zmq4"
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, module := range build.Deps {
			if module.Path == "github.com/go-zeromq/zmq4" {
				binding += " " + strings.TrimPrefix(module.Version, "v")
			}
		}
	}
	return peer{"Go", strings.TrimPrefix(runtime.Version(), "go"), binding, nil}
}

func versions([]string) error {
	line(self())
	return nil
}
