package main

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// mreq sends msgqueue ten random letters every second, and prints what comes back.
func mreq(endpoints []string) error {
	frontend := endpoints[0]
	if err := check(frontend); err != nil {
		return err
	}
	ready()
	client := client{endpoint: frontend}
	for done := 0; done < count; done++ {
		if done > 0 {
			time.Sleep(interval)
		}
		letters := make([]byte, 10)
		for i := range letters {
			letters[i] = "qwertyuiop"[rand.IntN(10)]
		}
		message := fmt.Appendf(nil, "%s (from client pid=%d)", letters, pid)
		report("sent", message, "")
		echo := client.ask(message)
		report("answered", echo,
			fmt.Sprintf("go (pid=%d): received the original data: %s", pid, show(echo)))
	}
	return nil
}
