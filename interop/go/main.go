// The programs of this peer in one binary: interop ROLE [ENDPOINT...], interop agent, interop versions.
// docs/role-contract.md says what each role does and prints; each has a file of its own.
package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

type argument struct{ name, endpoint string }

type role struct {
	name, does string
	arguments  []argument
	run        func(endpoints []string) error
}

var roles = []role{
	{"push", "sends all of standard input, less trailing newlines, as ONE message",
		[]argument{{"pull", "tcp://127.0.0.1:5555"}}, push},
	{"req", "pulls messages, asks a rep for the SHA-1 of each, prints both",
		[]argument{{"pull", "tcp://127.0.0.1:5555"}, {"rep", "tcp://127.0.0.1:5556"}}, req},
	{"rep", "answers each message with its SHA-1 in lower-case hex",
		[]argument{{"endpoint", "tcp://127.0.0.1:5556"}}, rep},
	{"c", "sends the date and time every second, prints the digest that it gets",
		[]argument{{"rep", "tcp://127.0.0.1:5556"}}, c},
	{"msgqueue", "the request-reply broker: any number of clients in front, of servers behind",
		[]argument{{"frontend", "tcp://127.0.0.1:5559"}, {"backend", "tcp://127.0.0.1:5560"}}, msgqueue},
	{"mrep", "a server behind msgqueue that echoes each request",
		[]argument{{"backend", "tcp://127.0.0.1:5560"}}, mrep},
	{"mreq", "sends msgqueue ten random letters every second, prints what comes back",
		[]argument{{"frontend", "tcp://127.0.0.1:5559"}}, mreq},
	{"agent", "does what it is told on standard input, see docs/agent-contract.md", nil, agent},
	{"versions", "prints what this peer consists of as one line of JSON", nil, versions},
}

func main() {
	if len(os.Args) > 1 {
		for _, role := range roles {
			if role.name == os.Args[1] {
				role.main(os.Args[2:])
				return
			}
		}
	}
	fmt.Fprintln(os.Stderr, "usage: interop ROLE [-h] [ENDPOINT...], ROLE being one of")
	for _, role := range roles {
		fmt.Fprintf(os.Stderr, "  %-9s %s\n", role.name, role.does)
	}
	os.Exit(2)
}

// main runs a role with the endpoints given, or their defaults.
func (r role) main(arguments []string) {
	usage := "usage: interop " + r.name + " [-h]"
	endpoints := make([]string, len(r.arguments))
	for i, argument := range r.arguments {
		usage += " [" + argument.name + "]"
		endpoints[i] = argument.endpoint
	}
	for _, given := range arguments {
		if given == "-h" || given == "--help" {
			fmt.Printf("%s\n\n%s: %s\n", usage, r.name, r.does)
			for _, argument := range r.arguments {
				fmt.Printf("  %-9s default: %s\n", argument.name, argument.endpoint)
			}
			return
		}
	}
	if len(arguments) > len(endpoints) {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	copy(endpoints, arguments)
	if err := r.run(endpoints); err != nil {
		hint := ""
		if errors.Is(err, syscall.EADDRINUSE) {
			hint = ": stop what uses it, or give another endpoint"
		}
		fmt.Fprintf(os.Stderr, "go: %v%s\n", err, hint)
		os.Exit(1)
	}
}
