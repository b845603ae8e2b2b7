package clock

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Whole seconds are written by an API server, for whoever writes through it. Where several run, and their clocks differ,
// those of most writers date revisions, and the others' seconds are put right by what they are off.

// leaders are the writers whose seconds can be what all others are compared with, beside "": everybody else.
var leaders = []string{"", "kube-scheduler", "kube-controller-manager"}

// maxVoters is how many writers are asked whose seconds they agree with.
const maxVoters = 64

// leads names the leader that a source is; ok is false for others, such as kubelets.
func leads(source string) (string, bool) {
	if source == "" {
		return "", true
	}
	for _, l := range leaders[1:] {
		if source == l || strings.HasSuffix(source, "("+l+")") {
			return l, true
		}
	}
	return "", false
}

// measure finds out which clocks are wrong, and by how much.
func (c *Clock) measure() {
	seconds := map[string][]point{} // by writer; those of leaders under the leader's name
	for i := range c.stamps {
		s := &c.stamps[i]
		if s.Second.IsZero() || s.Kept {
			continue
		}
		name, ok := leads(s.Writer)
		if !ok {
			name = s.Writer
		}
		lo := s.Second.UnixNano()
		seconds[name] = append(seconds[name], point{rev: s.Revision, lo: lo, hi: lo + second, t: never})
	}
	frame := c.elect(seconds)
	c.servers = c.compareSeconds(seconds, newWindow(straight(frame)))
	c.offsets = c.compareFine(frame)
}

// elect returns the seconds of those that most writers agree with.
func (c *Clock) elect(seconds map[string][]point) []point {
	names := slices.Sorted(maps.Keys(seconds))
	best, most := c.elected, -1
	agree := map[string][]string{}
	for _, l := range leaders {
		if len(seconds[l]) < minStamps {
			continue
		}
		w := newWindow(straight(seconds[l]))
		for _, n := range names[:min(len(names), maxVoters)] {
			list := differences(seconds[n], w)
			if len(list) < minStamps {
				continue
			}
			if _, all, zero := c.meter.common(list); n == l || zero*5 >= all*4 {
				agree[l] = append(agree[l], n)
			}
		}
		if n := len(agree[l]); n > most || n == most && l == c.elected {
			best, most = l, n
		}
	}
	c.elected = best
	var out []point
	for _, n := range agree[best] {
		if slices.Contains(leaders, n) {
			out = append(out, seconds[n]...)
		}
	}
	if len(out) == 0 { // too few to choose from
		for _, l := range leaders {
			out = append(out, seconds[l]...)
		}
	}
	slices.SortStableFunc(out, func(a, b point) int { return int(min(max(a.rev-b.rev, -1), 1)) })
	return out
}

// straight leaves out what runs back in an otherwise good run of stamps.
func straight(list []point) []point {
	frame := longest(nil, list)
	c := Clock{frame: frame, floor: point{t: never}}
	out := make([]point, 0, len(list))
	for i := range list {
		if c.fits(&list[i]) {
			out = append(out, list[i])
		}
	}
	return out
}

// differences are the offsets that seconds allow against a window.
func differences(list []point, w *window) (out []span) {
	out = make([]span, 0, len(list))
	for i := range list {
		lo, hi := w.at(list[i].rev)
		if lo != never && hi != always {
			out = add(out, list[i].lo-hi, list[i].hi-lo)
		}
	}
	return out
}

// compareSeconds measures the seconds of each writer.
func (c *Clock) compareSeconds(seconds map[string][]point, w *window) map[string]Offset {
	found := samples{}
	for name, list := range seconds {
		if d := differences(list, w); len(d) > 0 {
			found[name] = d
		}
	}
	c.seconds.take(found)
	out := c.seconds.offsets(&c.meter)
	for name, o := range out {
		o.Server = true
		out[name] = o
	}
	return out
}

// compareFine measures the clocks that lease times and names of Events are taken from: first against the seconds, then,
// where they are off, against the fine stamps of those that are not.
func (c *Clock) compareFine(frame []point) map[string]Offset {
	for i := range c.stamps {
		s := &c.stamps[i]
		if o := c.serverOf(s.Writer); s.Second.IsZero() || o.By == 0 {
			continue
		} else if lo := s.Second.UnixNano() - int64(o.By); !s.Kept {
			frame = append(frame, point{rev: s.Revision, lo: lo - o.width/2, hi: lo + second + o.width/2, t: never})
		}
	}
	slices.SortStableFunc(frame, func(a, b point) int { return int(min(max(a.rev-b.rev, -1), 1)) })
	frame = straight(frame)
	c.fine.take(c.fineSamples(newWindow(frame), nil))
	wrong := c.fine.offsets(&c.meter)
	if len(wrong) == 0 {
		return wrong
	}
	for i := range c.stamps {
		s := &c.stamps[i]
		if _, off := wrong[s.Source]; !off && !s.Fine.IsZero() && !s.Kept && len(c.fine.of(s.Source)) >= minStamps {
			t := s.Fine.UnixNano()
			frame = append(frame, point{rev: s.Revision, lo: t, hi: t + atOnce, t: t})
		}
	}
	slices.SortStableFunc(frame, func(a, b point) int { return int(min(max(a.rev-b.rev, -1), 1)) })
	c.close.take(c.fineSamples(newWindow(straight(frame)), wrong))
	out := map[string]Offset{}
	for source, o := range wrong {
		near := c.close.of(source)
		if in, most, _ := c.meter.common(near); most >= minStamps && (time.Duration(in.lo)-o.By).Abs() < 2*time.Second {
			o.By, o.width, o.Stamps = time.Duration(in.lo+(in.hi-in.lo)/2), in.hi-in.lo, len(near)
		}
		if o.By > 0 || c.leases[source] { // Events that waited look as if their clock were behind
			out[source] = o
		}
	}
	return out
}

// fineSamples are the offsets that the fine stamps allow, of all sources or of some.
func (c *Clock) fineSamples(w *window, of map[string]Offset) samples {
	out := samples{}
	for i := range c.stamps {
		s := &c.stamps[i]
		if s.Fine.IsZero() || s.Kept || s.Source == "" {
			continue
		}
		if _, ok := of[s.Source]; of != nil && !ok {
			continue
		}
		if s.Kind == Lease {
			c.leases[s.Source] = true
		}
		if lo, hi := w.at(s.Revision); lo != never && hi != always {
			t := s.Fine.UnixNano()
			out.add(s.Source, t-hi, t-lo)
		}
	}
	return out
}

// serverOf is what the seconds of a writer are off.
func (c *Clock) serverOf(writer string) Offset {
	if l, ok := leads(writer); ok {
		writer = l
	}
	return c.servers[writer]
}
