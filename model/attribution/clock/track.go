package clock

import "strings"

// track holds the newest samples of each clock. Stamps come from few clocks at a time: what the others said is neither
// copied nor looked at again, however many clocks a cluster has.
//
//	old   of the stamps that were dropped, at most maxSamples of each clock
//	now   of the clocks that stamps are there of: old and what these say, at most 4*maxSamples
type track struct {
	old   samples
	now   samples
	room  []span            // that lists in now take
	wrong map[string]Offset // the clocks that are off by old alone
	stale map[string]bool   // whose entry in wrong is not that of old
	taken bool              // take was called since remember
}

// of returns the samples of a clock, the oldest first. They are valid until take or remember is called.
func (t *track) of(source string) []span {
	if list, ok := t.now[source]; ok {
		return list
	}
	return t.old[source]
}

// take replaces the samples of the stamps that are not dropped yet.
func (t *track) take(found samples) {
	t.now, t.room, t.taken = found, t.room[:0], true
	for source, list := range found {
		old := t.old[source]
		from := len(t.room)
		t.room = append(append(t.room, old[max(len(old)+min(len(list), 4*maxSamples)-4*maxSamples, 0):]...), list[max(len(list)-4*maxSamples, 0):]...)
		found[source] = t.room[from:len(t.room):len(t.room)]
	}
}

// offsets returns the clocks that are off.
func (t *track) offsets(m *meter) map[string]Offset {
	for source := range t.stale {
		if _, now := t.now[source]; now {
			continue
		}
		delete(t.stale, source)
		if o := m.offset(source, t.old[source]); o.By != 0 {
			t.wrong[source] = o
		} else {
			delete(t.wrong, source)
		}
	}
	out := map[string]Offset{}
	for source, o := range t.wrong {
		if _, now := t.now[source]; !now {
			out[source] = o
		}
	}
	for source, list := range t.now {
		if o := m.offset(source, list); o.By != 0 {
			out[source] = o
		}
	}
	return out
}

// remember keeps what the stamps said before they are dropped. Where take was not called, nothing is kept.
func (t *track) remember() {
	if t.old == nil || !t.taken {
		t.old, t.wrong, t.stale = samples{}, map[string]Offset{}, map[string]bool{}
	}
	for source, list := range t.now {
		old, ok := t.old[source]
		if !ok {
			source = strings.Clone(source)
		}
		t.old[source] = append(old[:0], list[max(len(list)-maxSamples, 0):]...)
		t.stale[source] = true
	}
	t.now, t.taken = nil, false
}
