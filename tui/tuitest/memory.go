package tuitest

import (
	"bytes"
	"context"
	"io"
	"iter"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Memory is a source in memory, for screens: what it holds is written by the test, its streams are live, and it can be
// made to fail. It is safe for concurrent use.
type Memory struct {
	mu     sync.Mutex
	info   etcdsource.Info
	events []etcdsource.Event
	queues []*etcdsource.Queue
	fail   error
	broken error // of every watch too; see Break
	closed bool
	held   chan struct{} // not nil: pages wait until it is closed
}

// NewMemory returns an empty source of a kind.
func NewMemory(kind etcdsource.Kind, name string) *Memory {
	info := etcdsource.NewInfo(kind)
	info.Name, info.Target, info.Revision, info.DBInUse = name, name, 1, 0
	return &Memory{info: info}
}

// Put writes a value in a revision of its own and returns the revision; nil deletes the key.
func (m *Memory) Put(key string, value []byte) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.info.Revision++
	e := etcdsource.Event{Key: []byte(key), Value: value, Mod: m.info.Revision, Create: m.info.Revision, Version: 1, Type: etcdsource.Created}
	if old := m.at(e.Key, e.Mod-1); old != nil {
		e.Create, e.Version, e.Type = old.Create, old.Version+1, etcdsource.Updated
	}
	if value == nil {
		e.Type, e.Create, e.Version = etcdsource.Deleted, 0, 0
	}
	m.events = append(m.events, e)
	m.send(etcdsource.Batch{Events: []etcdsource.Event{e}, Revision: e.Mod, Status: etcdsource.Status{State: etcdsource.Live}})
	return e.Mod
}

func (m *Memory) send(b etcdsource.Batch) {
	for _, q := range m.queues {
		q.Put(b)
	}
}

// Load takes in changes as they are, at revisions above all that are there; streams see them in one batch.
func (m *Memory) Load(events []etcdsource.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, events...)
	m.info.Revision = events[len(events)-1].Mod
	m.send(etcdsource.Batch{Events: events, Revision: m.info.Revision, Status: etcdsource.Status{State: etcdsource.Live}})
}

// Send gives every stream a batch as it is: a gap, a status. It waits until somebody watches, for a while.
func (m *Memory) Send(b etcdsource.Batch) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for until := time.Now().Add(5 * time.Second); len(m.queues) == 0 && time.Now().Before(until); {
		m.mu.Unlock()
		time.Sleep(time.Millisecond)
		m.mu.Lock()
	}
	m.send(b)
}

// Fail makes every question fail from now on; nil makes them answered again.
func (m *Memory) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

// Describing changes what the source says of itself from now on.
func (m *Memory) Describing(change func(*etcdsource.Info)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.info)
}

// Break ends every stream with an error, and makes every question fail with it.
func (m *Memory) Break(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail, m.broken = err, err
	for _, q := range m.queues {
		q.Close(err)
	}
}

// Hold lets pages wait until release is called.
func (m *Memory) Hold() (release func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	held := make(chan struct{})
	m.held = held
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.held = nil
		close(held)
	}
}

// at returns the newest event of a key at a revision, nil where it does not exist then.
func (m *Memory) at(key []byte, rev int64) *etcdsource.Event {
	for i := len(m.events) - 1; i >= 0; i-- {
		if e := &m.events[i]; e.Mod <= rev && bytes.Equal(e.Key, key) {
			if e.Type == etcdsource.Deleted {
				return nil
			}
			return e
		}
	}
	return nil
}

// state returns the keys of a span at a revision, in order.
func (m *Memory) state(s etcdsource.Span, at etcdsource.At) ([]*etcdsource.Event, int64, error) {
	rev := at.Revision
	if rev == 0 {
		rev = m.info.Revision
	}
	switch {
	case m.fail != nil:
		return nil, rev, m.fail
	case rev > m.info.Revision:
		return nil, rev, &etcdsource.FutureError{Revision: rev, Current: m.info.Revision}
	}
	seen := map[string]*etcdsource.Event{}
	for i := range m.events {
		if e := &m.events[i]; e.Mod <= rev && s.Contains(e.Key) {
			seen[string(e.Key)] = e
		}
	}
	var out []*etcdsource.Event
	for _, e := range seen {
		if e.Type != etcdsource.Deleted {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b *etcdsource.Event) int { return bytes.Compare(a.Key, b.Key) })
	return out, rev, nil
}

// Describe implements etcdsource.Source.
func (m *Memory) Describe(context.Context) (etcdsource.Info, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.info, m.fail
}

// Range implements etcdsource.Source.
func (m *Memory) Range(ctx context.Context, s etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	m.mu.Lock()
	held := m.held
	m.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
			return etcdsource.Page{}, ctx.Err()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	events, rev, err := m.state(s, at)
	p := etcdsource.Page{Revision: rev}
	limit := s.Limit
	if limit == 0 {
		limit = 500
	}
	for i, e := range events {
		if i == limit {
			p.More = true
			break
		}
		p.Entries = append(p.Entries, m.entry(e, s.Values))
	}
	return p, err
}

func (m *Memory) entry(e *etcdsource.Event, values bool) etcdsource.Entry {
	x := etcdsource.Entry{Key: e.Key, Create: e.Create, Mod: e.Mod, Version: e.Version, Lease: e.Lease, Bytes: -1}
	if values {
		x.Value = e.Value
	}
	if values || !m.info.Running {
		x.Bytes = int64(len(e.Value))
	}
	return x
}

// Children implements etcdsource.Source.
func (m *Memory) Children(_ context.Context, s etcdsource.Span, at etcdsource.At) (iter.Seq2[etcdsource.Child, error], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	events, _, err := m.state(s, at)
	if err != nil {
		return nil, err
	}
	prefix := string(s.From)
	if prefix == "\x00" {
		prefix = ""
	}
	var kids []etcdsource.Child
	for _, e := range events {
		c := etcdsource.Child{Path: e.Key, Name: string(e.Key[len(prefix):]), Entry: m.entry(e, false)}
		if i := bytes.IndexByte(e.Key[len(prefix):], '/'); i >= 0 {
			c = etcdsource.Child{Path: e.Key[:len(prefix)+i+1], Name: string(e.Key[len(prefix) : len(prefix)+i]), Dir: true, Keys: -1}
		}
		if n := len(kids); n == 0 || !bytes.Equal(kids[n-1].Path, c.Path) || kids[n-1].Dir != c.Dir {
			kids = append(kids, c)
		}
	}
	sort.SliceStable(kids, func(i, j int) bool { return bytes.Compare(kids[i].Path, kids[j].Path) < 0 })
	return func(yield func(etcdsource.Child, error) bool) {
		for _, c := range kids {
			if !yield(c, nil) {
				return
			}
		}
	}, nil
}

// Count implements etcdsource.Source.
func (m *Memory) Count(_ context.Context, s etcdsource.Span, at etcdsource.At) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	events, _, err := m.state(s, at)
	return int64(len(events)), err
}

// Versions implements etcdsource.Versions.
func (m *Memory) Versions(_ context.Context, key []byte, upTo int64, limit int) ([]etcdsource.Event, etcdsource.Edge, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []etcdsource.Event
	for i := len(m.events) - 1; i >= 0 && m.fail == nil; i-- {
		if e := m.events[i]; bytes.Equal(e.Key, key) && (upTo == 0 || e.Mod <= upTo) {
			if len(out) == limit {
				return out, etcdsource.Edge{Kind: etcdsource.EdgeMore}, nil
			}
			out = append(out, e)
		}
	}
	return out, etcdsource.Edge{Kind: etcdsource.EdgeCreated}, m.fail
}

// Watch implements etcdsource.Source.
func (m *Memory) Watch(_ context.Context, s etcdsource.Span, from int64) (etcdsource.Stream, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return nil, m.broken
	}
	q := etcdsource.NewQueue(64 << 20)
	b := etcdsource.Batch{Revision: m.info.Revision, Status: etcdsource.Status{State: etcdsource.Live}}
	for _, e := range m.events {
		if from > 0 && e.Mod >= from && s.Contains(e.Key) {
			b.Events = append(b.Events, e)
		}
	}
	q.Put(b)
	if !m.info.Running || m.closed {
		q.Close(io.EOF)
	} else {
		m.queues = append(m.queues, q)
	}
	return memoryStream{q}, nil
}

// Close implements etcdsource.Source.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	for _, q := range m.queues {
		q.Close(io.EOF)
	}
	return nil
}

type memoryStream struct{ q *etcdsource.Queue }

func (s memoryStream) Next(ctx context.Context) (etcdsource.Batch, error) { return s.q.Next(ctx, 0) }

func (s memoryStream) Close() error {
	s.q.Close(io.EOF)
	return nil
}
