package terminal

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// exitDied is the exit code of a program that died of a panic, as Go's own.
const exitDied = 2

// Run runs the program and returns its exit code. A signal to end ends the context, a second one the process where it
// is. A panic in a goroutine of ours ends the context too, and is printed when run has returned.
func Run(run func(context.Context) int) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop)
	ctx, died := safego.Ending(ctx)
	defer func() {
		if p := died(recover()); p != nil {
			fmt.Fprintln(os.Stderr, clean.Text(p.Trace()))
			code = exitDied
		}
	}()
	return run(ctx)
}
