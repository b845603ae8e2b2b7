// Package child has what the processes share that run an etcd for this program: those of the demo and of a rehearsal, each
// this program's own file again, because etcd ends its process on a fatal error.
package child

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// Executable is this program's file, also when it was replaced since it was started.
func Executable() (string, error) {
	exe, err := os.Executable()
	if err == nil {
		if _, err = os.Stat(exe); err == nil {
			return exe, nil
		}
	}
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return "", fmt.Errorf("find this program's own file: %w", err)
}

// Close closes etcd, and returns when that is done or the limit is over: an open call can delay it.
func Close(e *embed.Etcd, limit time.Duration) {
	done := make(chan struct{})
	safego.Go(nil, func() {
		defer close(done)
		e.Close()
	})
	select {
	case <-done:
	case <-time.After(limit):
	}
}
