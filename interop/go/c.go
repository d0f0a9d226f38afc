package main

import (
	"fmt"
	"time"
)

// c sends the date and time every second, and prints the digest that it gets.
func c(endpoints []string) error {
	rep := endpoints[0]
	if err := check(rep); err != nil {
		return err
	}
	ready()
	client := client{endpoint: rep}
	for done := 0; done < count; done++ {
		if done > 0 {
			time.Sleep(interval)
		}
		now := []byte(time.Now().Format(time.ANSIC)) // the form of ctime(3)
		report("sent", now, fmt.Sprintf("go (pid=%d): sending data: '%s'", pid, now))
		answer := client.ask(now)
		report("answered", answer,
			fmt.Sprintf("go (pid=%d): received sha1 of data: %s", pid, show(answer)))
	}
	return nil
}
