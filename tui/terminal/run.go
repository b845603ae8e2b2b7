package terminal

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// exitDied is the exit code of a program that died of a panic, as Go's own.
const exitDied = 2

// Run runs the program and returns its exit code. A signal to end ends the context, a second one the process where it
// is, once what must not outlive it is removed; so does one that makes Go dump its goroutines. A panic in a goroutine of ours
// ends the context too, and is printed when run has returned.
func Run(run func(context.Context) int) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	deadly := make(chan os.Signal, 1)
	signal.Notify(deadly, syscall.SIGQUIT, syscall.SIGABRT)
	defer signal.Stop(deadly)
	safego.Go(nil, func() { die(deadly) })
	first := ctx
	safego.Go(nil, func() {
		<-first.Done()
		stop()
		signal.Notify(deadly, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	})
	ctx, died := safego.Ending(ctx)
	defer func() {
		if p := died(recover()); p != nil {
			fmt.Fprintln(os.Stderr, clean.Text(p.Trace()))
			code = exitDied
		}
	}()
	return run(ctx)
}

// guards is how many guards wait for the signals that make Go dump its goroutines.
var guards atomic.Int32

// die ends the process by a signal that came, once what must not outlive it is removed. While a guard is there, that does so.
func die(signals <-chan os.Signal) {
	for s := range signals {
		if dump := s == syscall.SIGQUIT || s == syscall.SIGABRT; dump && guards.Load() > 0 {
			continue
		}
		disk.Dying()
		signal.Reset(s)
		_ = syscall.Kill(os.Getpid(), s.(syscall.Signal))
	}
}
