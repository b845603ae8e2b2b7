package terminal

import (
	"os"
	"runtime/debug"
	"time"
)

const (
	// gcPercent is how far the heap grows before it is collected. The program is a guest on a control plane: with 100,000 keys
	// in the tree it holds 24 MiB, and at Go's 100 it would take as much again; 50,000 changes a second cost 5 % more.
	gcPercent = 40
	// openingPercent is that for openingTime after the start, where a server is opened: the heap is so small then that it would be
	// collected eight times in a second, beside a server that may be on the same machine.
	openingPercent = 200
	openingTime    = 5 * time.Second
)

// Collect sets how far the heap grows before it is collected, unless the environment says that; server reports that a server is
// opened first, not a file.
func Collect(server bool) {
	switch {
	case os.Getenv("GOGC") != "":
	case server:
		debug.SetGCPercent(openingPercent)
		time.AfterFunc(openingTime, collectSooner)
	default:
		collectSooner()
	}
}

func collectSooner() { debug.SetGCPercent(gcPercent) }
