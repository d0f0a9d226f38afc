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
	Engine      engine  `json:"engine"`
}

type engine struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

func self() peer {
	binding, zmq4 := "go-zeromq/zmq4", engine{Name: "zmq4"}
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, module := range build.Deps {
			if module.Path == "github.com/go-zeromq/zmq4" {
				zmq4.Version = strings.TrimPrefix(module.Version, "v")
				binding += " " + zmq4.Version
			}
		}
	}
	return peer{"Go", strings.TrimPrefix(runtime.Version(), "go"), binding, nil, zmq4}
}

func versions([]string) error {
	line(self())
	return nil
}
