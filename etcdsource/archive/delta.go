package archive

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// A delta snapshot is a list of events in JSON, followed by the 32 bytes of its sha256, all of it packed or not:
//
//	[{"etcdEvent":{"type":1,"kv":{"key":"L3Jl…","mod_revision":7}},"time":"2026-01-02T03:04:05.6Z"},…] sha256
//
// The time is when what wrote it received the event, which may be late. Where etcdscope wrote it, notBefore is when the event can have been
// made at the earliest. The events of a transaction share their revision.

// deltaEvent is an event as it is stored: etcd's own, with its enumeration as a number.
type deltaEvent struct {
	Event struct {
		Type json.RawMessage `json:"type"`
		KV   *struct {
			Key     []byte `json:"key"`
			Value   []byte `json:"value"`
			Create  int64  `json:"create_revision"`
			Mod     int64  `json:"mod_revision"`
			Version int64  `json:"version"`
			Lease   int64  `json:"lease"`
		} `json:"kv"`
	} `json:"etcdEvent"`
	Time time.Time `json:"time"`
	// NotBefore is untrusted, and no reason to refuse an event.
	NotBefore json.RawMessage `json:"notBefore"`
}

// TimeFrom is how the times of delta snapshots are known: Event.TimeFrom.
const TimeFrom = "deltaSnapshot"

// change returns the event as a change. Its type is Updated where it is no deletion.
func (d *deltaEvent) change() (e etcdsource.Event, err error) {
	kv := d.Event.KV
	if kv == nil {
		return e, errors.New("it has no key")
	}
	e = etcdsource.Event{Key: kv.Key, Value: kv.Value, Create: kv.Create, Mod: kv.Mod, Version: kv.Version, Lease: kv.Lease, Type: etcdsource.Updated, Time: d.Time}
	switch string(d.Event.Type) {
	case "", "0", `"PUT"`:
	case "1", `"DELETE"`:
		e.Type, e.Value, e.Create, e.Version, e.Lease = etcdsource.Deleted, nil, 0, 0, 0
	default:
		return e, fmt.Errorf("its type is %.20s", d.Event.Type)
	}
	if kv.Create < 0 || kv.Version < 0 {
		return e, errors.New("it has a negative revision")
	}
	if e.Type != etcdsource.Deleted && e.Value == nil {
		e.Value = []byte{}
	}
	if y := e.Time.Year(); e.Time.IsZero() || y < 1970 || y > 2200 {
		return e, errors.New("it has no time")
	}
	var bound time.Time
	if json.Unmarshal(d.NotBefore, &bound) == nil && bound.Year() >= 1970 && !bound.After(e.Time) {
		e.NotBefore = bound
	}
	return e, nil
}

// body reads what a delta snapshot holds in front of its hash.
type body struct {
	in   *bufio.Reader
	sum  hash.Hash
	n    int64        // bytes that were read
	done func() int64 // bytes of the events that were handed over; nil: not watched
}

const (
	// maxEvent is the most bytes of one event: many times what etcd takes in a request.
	maxEvent = 128 << 20
	step     = 32 << 10
)

func newBody(r io.Reader) *body {
	return &body{in: bufio.NewReaderSize(r, step+sha256.Size), sum: sha256.New()}
}

// errEvent says that an event is too large.
var errEvent = fmt.Errorf("an event has more than %d MiB", maxEvent>>20)

// Read reads up to the hash.
func (b *body) Read(p []byte) (int, error) {
	if b.done != nil && b.n-b.done() > maxEvent {
		return 0, errEvent
	}
	next, err := b.in.Peek(min(len(p), step) + sha256.Size)
	if n := len(next) - sha256.Size; n > 0 {
		n = copy(p, next[:n])
		b.sum.Write(next[:n])
		b.n += int64(n)
		_, err = b.in.Discard(n)
		return n, err
	}
	if err == nil {
		err = io.ErrNoProgress // it was asked for no byte
	}
	return 0, err
}

// Words for a delta snapshot that is not as it must be.
var (
	errHash  = errors.New("hash does not match what it holds (file is truncated or damaged)")
	errShort = errors.New("it is too short to carry a hash (file is truncated)")
)

// hashed compares the hash at the end of a delta snapshot.
func hashed(ctx context.Context, path string, o snapfile.Options) error {
	r, err := snapfile.Contents(ctx, path, o)
	if err != nil {
		return err
	}
	defer r.Close()
	b := newBody(r)
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, b, make([]byte, step)); err != nil {
		return err
	}
	want, err := io.ReadAll(b.in)
	switch {
	case err != nil:
		return err
	case len(want) < sha256.Size || b.n == 0:
		return errShort
	case string(want) != string(b.sum.Sum(nil)):
		return errHash
	}
	return nil
}

// events calls add with every event of a delta snapshot, in order. What is wrong with the snapshot is an *eventError, or the
// error of reading; other errors are those of add.
func events(ctx context.Context, path string, o snapfile.Options, add func(etcdsource.Event) error) error {
	r, err := snapfile.Contents(ctx, path, o)
	if err != nil {
		return err
	}
	defer r.Close()
	b := newBody(r)
	dec := json.NewDecoder(b)
	b.done = dec.InputOffset
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return unread(0, errors.New("it is no list of events"), err)
	}
	for n := int64(1); dec.More(); n++ {
		var d deltaEvent
		if err := dec.Decode(&d); err != nil {
			return unread(n, err, err)
		}
		e, err := d.change()
		if err != nil {
			return unread(n, err, nil)
		}
		if err := add(e); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return unread(0, errors.New("its list of events does not end"), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return unread(0, errors.New("something follows its list of events"), err)
	}
	return nil
}

// eventError says that a delta snapshot holds something else than events.
type eventError struct{ why string }

func (e *eventError) Error() string { return e.why }

// unread is an error of an event, 0 for none of them, unless the file could not be read.
func unread(n int64, why, cause error) error {
	var p *etcdsource.Problem
	if errors.As(cause, &p) || errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	if errors.Is(cause, io.EOF) || errors.Is(cause, io.ErrUnexpectedEOF) {
		why = errors.New("it ends too early")
	}
	if n == 0 {
		return &eventError{why.Error()}
	}
	return &eventError{fmt.Sprintf("event %d cannot be read: %v", n, why)}
}
