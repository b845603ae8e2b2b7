// Package safego starts goroutines whose panics do not end the process on the spot: the terminal would be left raw, and
// temporary files would stay.
//
//	Go, Wait ─► f ─► panic ─┬─► caught, where somebody waits for an answer: an error like any other
//	Report ─────────────────┴─► the program's handler ─► it ends as q and ctrl+c end it, and prints the panic
//
// What always holds:
//   - A panic is handed on once, with the stack of the goroutine that it began in.
//   - Where there is neither caught nor a handler the panic is left alone: Go prints it and ends the process.
//   - What no recover can catch (a fatal error of the runtime, a panic in a library's own goroutine) is not for here.
package safego

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Panic is a panic that was caught.
type Panic struct {
	Value any
	Stack []byte // of its goroutine, as debug.Stack writes it
	At    string // the function and line that panicked, "" where not known
}

// Error says what the panic was and where, in one line.
func (p *Panic) Error() string {
	value := strings.Join(strings.Fields(p.text()), " ")
	if p.At == "" {
		return "internal error: " + value
	}
	return "internal error: " + value + " in " + p.At
}

// Trace is what Go itself would have printed of the panic.
func (p *Panic) Trace() string { return "panic: " + p.text() + "\n\n" + string(p.Stack) }

// text is the value as text. One whose own method panics has none.
func (p *Panic) text() (s string) {
	defer func() {
		if recover() != nil {
			s = fmt.Sprintf("(a %T that cannot be printed)", p.Value)
		}
	}()
	if e, ok := p.Value.(error); ok {
		return e.Error()
	}
	return fmt.Sprint(p.Value)
}

// Unwrap returns the error that the goroutine panicked with, nil where it was none.
func (p *Panic) Unwrap() error { err, _ := p.Value.(error); return err }

// ErrDied says that the program died of a panic, which has been printed by then.
var ErrDied = errors.New("internal error: the program died")

var program atomic.Pointer[func(*Panic)]

// Handle sets what is done with a panic that nobody else waits for. It may be called from any goroutine, more than once
// and at the same time. restore takes it back.
func Handle(handler func(*Panic)) (restore func()) {
	before := program.Swap(&handler)
	return func() { program.Store(before) }
}

// endLimit is how long the program has to end after a panic.
const endLimit = 10 * time.Second

// Ending returns a context that ends with the first panic that is handed to the program. died returns that panic, or
// the one that recover returned to the caller; nil where there was none.
func Ending(parent context.Context) (ctx context.Context, died func(recovered any) *Panic) {
	ctx, end := context.WithCancelCause(parent)
	var first atomic.Pointer[Panic]
	Handle(func(p *Panic) {
		if first.CompareAndSwap(nil, p) {
			end(p)
			time.AfterFunc(endLimit, func() {
				fmt.Fprintf(os.Stderr, "etcdscope: %+q; it did not end by itself\n", p.Error())
				os.Exit(2)
			})
		}
	})
	return ctx, func(r any) *Panic {
		if r != nil {
			first.CompareAndSwap(nil, Caught(r))
		}
		return first.Load()
	}
}

// Go runs f in a goroutine. A panic in it is handed to caught, as a *Panic; where that is nil, to the program.
func Go(caught func(error), f func()) {
	go func() {
		defer catch(caught)
		f()
	}()
}

// Wait is Go in a goroutine that wg waits for, also for caught.
func Wait(wg *sync.WaitGroup, caught func(error), f func()) {
	wg.Add(1)
	go func() {
		defer wg.Done()
		defer catch(caught)
		f()
	}()
}

// Caught makes an error of what recover returned. It is called by the deferred function that called recover.
func Caught(r any) *Panic {
	if p, ok := r.(*Panic); ok { // it was handed from one goroutine to another
		return p
	}
	return &Panic{Value: r, Stack: debug.Stack(), At: at()}
}

func catch(caught func(error)) {
	h := program.Load()
	if caught == nil && h == nil {
		return
	}
	r := recover()
	switch {
	case r == nil:
	case caught != nil:
		caught(Caught(r))
	default:
		(*h)(Caught(r))
	}
}

// at finds the function that panicked: the one below the runtime's own.
func at() string {
	pc := make([]uintptr, 64)
	frames := runtime.CallersFrames(pc[:runtime.Callers(2, pc)])
	for panicking := false; ; {
		f, more := frames.Next()
		ofRuntime := strings.HasPrefix(f.Function, "runtime.")
		switch panicking = panicking || f.Function == "runtime.gopanic"; {
		case panicking && !ofRuntime:
			return fmt.Sprintf("%s (%s:%d)", filepath.Base(f.Function), filepath.Base(f.File), f.Line)
		case !more:
			return ""
		}
	}
}
