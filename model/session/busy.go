package session

import (
	"bytes"
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// maxBusy bounds the folders whose writes are counted.
const maxBusy = 512

// Busy counts the writes of the last minute below each resource's folder: "/registry/pods/", and
// "/registry/example.com/widgets/" where the first name below the root is a group.
type Busy struct {
	root  string
	rates map[string]*Rate
}

// NewBusy returns a count of nothing for the keys below root.
func NewBusy(root string) *Busy { return &Busy{root: root, rates: map[string]*Rate{}} }

// Add counts a change at the time of its arrival.
func (b *Busy) Add(e *etcdsource.Event, now time.Time) {
	n := b.folder(e.Key)
	if n == 0 {
		return
	}
	r := b.rates[string(e.Key[:n])]
	if r == nil {
		if len(b.rates) >= maxBusy {
			return
		}
		r = NewRate()
		b.rates[string(e.Key[:n])] = r
	}
	r.Add(1, now)
}

// Of returns the writes below a folder in each of the last n full seconds, oldest first, nil where there were none.
func (b *Busy) Of(folder string, n int, now time.Time) []int {
	r := b.rates[folder]
	if r == nil {
		return nil
	}
	h := r.History(n, now)
	for _, v := range h {
		if v > 0 {
			return h
		}
	}
	return nil
}

// Each calls f for every folder with writes in the last n full seconds, and returns the largest number in one second.
func (b *Busy) Each(n int, now time.Time, f func(folder string, perSecond []int)) (most int) {
	for folder := range b.rates {
		if h := b.Of(folder, n, now); h != nil {
			most = max(most, slices.Max(h))
			f(folder, h)
		}
	}
	return most
}

// folder returns the length of the folder of a key's resource, 0 where it has none.
func (b *Busy) folder(key []byte) int {
	if !bytes.HasPrefix(key, []byte(b.root)) {
		return 0
	}
	n := len(b.root)
	first := bytes.IndexByte(key[n:], '/')
	if first < 0 {
		return 0
	}
	group := bytes.IndexByte(key[n:n+first], '.') >= 0
	n += first + 1
	if !group {
		return n
	}
	second := bytes.IndexByte(key[n:], '/')
	if second < 0 {
		return 0
	}
	return n + second + 1
}
