package backup

import (
	"os"
	"sync"

	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

const (
	behindMost  = 4 << 20 // bytes that wait to be written, at most
	flushedStep = 8 << 20 // bytes that the kernel is asked at once to write to the disk
)

// behind writes to a file and to a checksum in a goroutine of its own, while the next bytes are received, and asks the
// kernel early to write them to the disk: little is left for the sync at the end. It must be closed.
type behind struct {
	f    *os.File
	sum  *tail
	done sync.WaitGroup

	mu      sync.Mutex
	changed sync.Cond // waiting has grown or shrunk, or closed or err was set
	waiting []byte    // not taken by the goroutine yet
	closed  bool
	err     error // why the file could not be written
}

func newBehind(f *os.File, sum *tail) *behind {
	w := &behind{f: f, sum: sum}
	w.changed.L = &w.mu
	safego.Wait(&w.done, nil, w.run)
	return w
}

// Write keeps a copy of b to be written, and waits where too much is waiting. It fails after a write to the file has.
func (w *behind) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.waiting) >= behindMost && w.err == nil {
		w.changed.Wait()
	}
	if w.err != nil {
		return 0, w.err
	}
	w.waiting = append(w.waiting, b...)
	w.changed.Broadcast()
	return len(b), nil
}

// Close waits until all is written, and returns why the file could not be. It may be called again.
func (w *behind) Close() error {
	w.mu.Lock()
	w.closed = true
	w.changed.Broadcast()
	w.mu.Unlock()
	w.done.Wait()
	return w.err
}

func (w *behind) run() {
	ahead := newFlusher(w.f)
	defer ahead.close()
	var b []byte
	for {
		if b = w.take(b[:0]); len(b) == 0 {
			return
		}
		n, err := w.f.Write(b)
		w.sum.Write(b[:n])
		if err != nil {
			w.fail(err)
			return
		}
		ahead.wrote(n)
	}
}

// take exchanges the bytes that wait for an empty buffer; none are left where it returns none.
func (w *behind) take(empty []byte) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.waiting) == 0 && !w.closed {
		w.changed.Wait()
	}
	b := w.waiting
	w.waiting = empty
	w.changed.Broadcast()
	return b
}

func (w *behind) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err, w.waiting = err, nil
	w.changed.Broadcast()
}

// flusher asks the kernel to begin to write to the disk what has been written to a file. Where the disk is slow that waits,
// which the writes do not.
type flusher struct {
	f       *os.File
	written int64
	asked   int64
	to      chan int64 // offset up to which the kernel is asked to write
	done    sync.WaitGroup
}

func newFlusher(f *os.File) *flusher {
	a := &flusher{f: f, to: make(chan int64, 1)}
	safego.Wait(&a.done, nil, func() {
		from := int64(0)
		for to := range a.to {
			flush(a.f, from, to-from)
			from = to
		}
	})
	return a
}

// wrote counts n more bytes. Where the kernel is still busy with those before, they are left for the next time.
func (a *flusher) wrote(n int) {
	if a.written += int64(n); a.written-a.asked < flushedStep {
		return
	}
	select {
	case a.to <- a.written:
		a.asked = a.written
	default:
	}
}

func (a *flusher) close() {
	close(a.to)
	a.done.Wait()
}
