package schedule

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// A delta snapshot is what etcd-backup-restore writes: a list of events in JSON, behind it the 32 bytes of its sha256, all of
// it in gzip.
//
//	[{"etcdEvent":{"type":1,"kv":{"key":"L3Jl…","mod_revision":7}},"time":"2026-01-02T03:04:05.6Z"},…] sha256
//
// Beside the time at which an event was received, notBefore says when it can have been made at the earliest; other readers do not know
// that field.

// timedEvent is an event in a delta snapshot, under the names of etcd's own.
type timedEvent struct {
	Event     etcdEvent `json:"etcdEvent"`
	Time      time.Time `json:"time"`
	NotBefore time.Time `json:"notBefore,omitzero"`
}

type etcdEvent struct {
	Type int       `json:"type,omitempty"` // 1: deleted
	KV   *keyValue `json:"kv"`
}

type keyValue struct {
	Key     []byte `json:"key,omitempty"`
	Create  int64  `json:"create_revision,omitempty"`
	Mod     int64  `json:"mod_revision,omitempty"`
	Version int64  `json:"version,omitempty"`
	Value   []byte `json:"value,omitempty"`
	Lease   int64  `json:"lease,omitempty"`
}

const (
	deltaBytes = 10 << 20  // of JSON, after which a delta snapshot is made before its time, as in etcd-backup-restore
	mostBytes  = 128 << 20 // of JSON that wait to be written
)

// chain collects the changes that follow a full snapshot.
type chain struct {
	end  context.CancelFunc
	done sync.WaitGroup

	mu     sync.Mutex
	events []savedEvent
	bytes  int64
	head   int64 // everything up to here was received
	heads  heads // how far the store was, and when
	gap    error // why the changes do not continue, nil while they do
	wake   chan struct{}

	from   int64 // the first revision that is watched
	last   int64 // the newest revision that is in a file
	serial int64 // of the full snapshot
}

type savedEvent struct {
	mod  int64
	text []byte
}

// watchFrom watches all keys from the next revision on.
func watchFrom(ctx context.Context, src etcdsource.Source) (*chain, error) {
	var first heads
	if h, err := ask(ctx, src); err == nil {
		first.add(h)
	}
	info, err := src.Describe(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	stream, err := src.Watch(ctx, etcdsource.Prefix(""), info.Revision+1)
	if err != nil {
		cancel()
		return nil, err
	}
	c := &chain{end: cancel, wake: make(chan struct{}, 1), from: info.Revision + 1, head: info.Revision, heads: first}
	c.done.Add(2)
	safego.Go(nil, func() {
		defer c.done.Done()
		defer cancel()
		defer stream.Close()
		c.collect(ctx, stream)
	})
	safego.Go(nil, func() {
		defer c.done.Done()
		c.follow(ctx, src)
	})
	return c, nil
}

func (c *chain) stop() {
	if c == nil {
		return
	}
	c.end()
	c.done.Wait()
}

// collect receives changes until they do not continue.
func (c *chain) collect(ctx context.Context, stream etcdsource.Stream) {
	for {
		b, err := stream.Next(ctx)
		if err == nil {
			err = c.take(&b, time.Now())
		}
		if err != nil {
			c.mu.Lock()
			c.gap = err
			if errors.Is(err, io.EOF) {
				c.gap = errors.New("the watch has ended")
			}
			c.mu.Unlock()
			c.call()
			return
		}
	}
}

func (c *chain) call() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// take adds a batch: all changes of a revision or none.
func (c *chain) take(b *etcdsource.Batch, at time.Time) error {
	if !b.Lost.Empty() {
		return fmt.Errorf("the changes of revisions %d to %d were missed: %s", b.Lost.From, b.Lost.To, b.Lost.Reason)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range b.Events {
		e := &b.Events[i]
		text, err := encode(e, at, c.heads.notBefore(e.Mod, at))
		if err != nil {
			return err
		}
		c.events = append(c.events, savedEvent{e.Mod, text})
		c.bytes += int64(len(text)) + 1
	}
	c.head = max(c.head, b.Revision)
	switch {
	case c.bytes > mostBytes:
		return fmt.Errorf("more than %d MiB of changes wait to be written", mostBytes>>20)
	case c.bytes > deltaBytes:
		c.call()
	}
	return nil
}

func encode(e *etcdsource.Event, at, notBefore time.Time) ([]byte, error) {
	t := timedEvent{etcdEvent{KV: &keyValue{Key: e.Key, Mod: e.Mod}}, at.UTC(), notBefore.UTC()}
	if e.Type == etcdsource.Deleted {
		t.Event.Type = 1
	} else {
		t.Event.KV.Create, t.Event.KV.Version, t.Event.KV.Value = e.Create, e.Version, e.Value
		if e.Lease != etcdsource.LeaseUnknown {
			t.Event.KV.Lease = e.Lease
		}
	}
	return json.Marshal(t)
}

// base drops what a full snapshot holds already. One that ends before the watch begins does not lead to it.
func (c *chain) base(rev int64) error {
	if rev < c.from-1 {
		return fmt.Errorf("the snapshot ends at revision %d, and the watch begins at %d: it came from a member that is behind", rev, c.from)
	}
	c.drop(rev)
	return nil
}

// drop drops the events up to a revision.
func (c *chain) drop(rev int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for n < len(c.events) && c.events[n].mod <= rev {
		c.bytes -= int64(len(c.events[n].text)) + 1
		n++
	}
	c.events = append([]savedEvent(nil), c.events[n:]...)
}

// until waits until a delta snapshot is due: gap says why there can be none.
func (c *chain) until(ctx context.Context, d time.Duration) (gap, err error) {
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-t.C:
			return nil, nil
		case <-c.wake:
			c.mu.Lock()
			gap, full := c.gap, c.bytes > deltaBytes
			c.mu.Unlock()
			if gap != nil || full {
				return gap, nil
			}
		}
	}
}

// waiting returns what is not written yet.
func (c *chain) waiting() []savedEvent {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.events
}

// delta writes a delta snapshot of what has come, if anything has. It fails where what follows would not continue it; a place
// that cannot be written to is a failure like that of a full snapshot.
func (r *runner) delta(ctx context.Context) error {
	list := r.deltas.waiting()
	if len(list) == 0 {
		return nil
	}
	began := r.now()
	e, err := r.makeDelta(ctx, list)
	if ctx.Err() != nil && err != nil {
		return ctx.Err()
	}
	event := etcdsource.ScheduleEvent{Kind: Delta, Err: err, Took: r.now().Sub(began)}
	if err != nil {
		r.index.Last = run{Began: began.UTC(), Ended: r.now().UTC(), Result: resultFailed, Error: err.Error()}
		event.Failures = r.index.Failures + 1
		r.Report(event)
		return err
	}
	r.deltas.last = e.Revision
	r.deltas.drop(e.Revision)
	r.index.Last = run{Began: began.UTC(), Ended: r.now().UTC(), Result: resultOK, Name: e.Name}
	err = r.index.write(ctx, r.Shelf)
	event.Path, event.From, event.Revision, event.Bytes, event.SHA256, event.Next = r.path(e.Name), e.From, e.Revision, e.Bytes, e.SHA256, r.index.Next
	if err != nil {
		event.Warning = err.Error()
	}
	r.Report(event)
	return nil
}

func (r *runner) makeDelta(ctx context.Context, list []savedEvent) (*Entry, error) {
	file := filepath.Join(r.stage, stagePrefix+"delta.gz")
	os.Remove(file)
	defer os.Remove(file)
	e := &Entry{Kind: Delta, Cluster: r.cluster, UID: r.index.UID, From: r.deltas.last + 1, Revision: list[len(list)-1].mod, Base: r.deltas.serial, Made: r.now().UTC()}
	if err := writeDelta(file, list, e); err != nil {
		return nil, &etcdsource.Problem{Tried: "write a delta snapshot into " + r.Shelf.String(), Why: disk.Why(err), Do: disk.Do(err, "choose another folder"), Err: err}
	}
	return e, r.put(ctx, file, e, deltaName)
}

func deltaName(e *Entry, n int) string {
	return fmt.Sprintf("v2/Incr-%08d-%08d-%d.gz", e.From, e.Revision, e.Made.Unix()+int64(n-1))
}

// writeDelta writes events into a new file, reads it again, and fills in what it is.
func writeDelta(file string, list []savedEvent, e *Entry) (err error) {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	packed, sum := gzip.NewWriter(f), sha256.New()
	w := io.MultiWriter(packed, sum)
	sep := []byte("[")
	for _, s := range list {
		if _, err := w.Write(append(sep, s.text...)); err != nil {
			return err
		}
		sep = []byte(",")
	}
	if _, err := w.Write([]byte("]")); err != nil {
		return err
	}
	if _, err := packed.Write(sum.Sum(nil)); err != nil {
		return err
	}
	if err := errors.Join(packed.Close(), f.Sync()); err != nil {
		return err
	}
	return checkDelta(f, sum.Sum(nil), e)
}

// checkDelta reads a delta snapshot again.
func checkDelta(f *os.File, want []byte, e *Entry) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	whole := sha256.New()
	packed, err := gzip.NewReader(io.TeeReader(f, whole))
	if err != nil {
		return err
	}
	sum := &tailed{}
	if _, err := io.Copy(sum, packed); err != nil {
		return err
	}
	if string(sum.last) != string(want) {
		return errors.New("what was written is not what is on the disk")
	}
	if _, err := io.Copy(io.Discard, io.TeeReader(f, whole)); err != nil {
		return err
	}
	st, err := f.Stat()
	if err != nil {
		return err
	}
	e.Bytes, e.SHA256 = st.Size(), hex.EncodeToString(whole.Sum(nil))
	e.Tail, err = tailOf(f)
	return err
}

// tailed keeps the last 32 bytes that were written.
type tailed struct{ last []byte }

func (t *tailed) Write(b []byte) (int, error) {
	t.last = append(t.last, b...)
	if n := len(t.last) - tailSize; n > 0 {
		t.last = append([]byte(nil), t.last[n:]...)
	}
	return len(b), nil
}
