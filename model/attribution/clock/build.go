package clock

import (
	"cmp"
	"slices"
	"sort"
)

// build makes points of the stamps, leaves out those that do not fit, and bounds every revision by the others.
func (c *Clock) build() {
	if c.built {
		return
	}
	if !c.sorted {
		slices.SortStableFunc(c.stamps, func(a, b Stamp) int { return cmp.Compare(a.Revision, b.Revision) })
		c.sorted = true
	}
	c.measure()
	c.points = c.points[:0]
	for i := range c.stamps {
		c.points = append(c.points, c.point(&c.stamps[i]))
	}
	c.chain()
	c.points = slices.DeleteFunc(c.points, func(p point) bool { return !c.fits(&p) })
	c.join()
	c.bound()
	c.built = true
}

// point makes a point of a stamp.
func (c *Clock) point(s *Stamp) point {
	p := point{rev: s.Revision, kind: s.Kind, t: never, lo: never, hi: always, soft: always, kept: s.Kept, weak: s.Open || s.Gone}
	switch s.Kind {
	case Request: // what it writes is stored when it is nearly done
		p.lo, p.hi = s.From.UnixNano(), s.To.UnixNano()
		p.t, p.soft = p.hi-(p.hi-p.lo)/4, p.hi
		return p
	case Received: // at once, as a rule
		p.hi = s.To.UnixNano()
		if p.t, p.soft = p.hi, p.hi; !s.From.IsZero() {
			p.lo = s.From.UnixNano()
		}
		return p
	}
	if !s.Second.IsZero() {
		o := c.serverOf(s.Writer)
		p.lo = s.Second.UnixNano() - int64(o.By) - o.width/2
		if p.soft = p.lo + second + o.width; !s.Open {
			p.hi = p.soft
		}
		p.wrong = wrong{int64(o.By), s.Writer, true}
	}
	if s.Fine.IsZero() {
		return p
	}
	by := c.offsets[s.Source].By
	fine := s.Fine.UnixNano() - int64(by)
	own := p.wrong
	if by != 0 {
		p.wrong = wrong{int64(by), s.Source, false}
	}
	width := c.offsets[s.Source].width
	switch {
	case width > tolerance: // by how much it is off is known too badly for a point in time
		lo, hi := max(p.lo, fine-width/2), p.soft
		if s.Kind == Lease {
			hi = min(hi, fine+width/2+tolerance)
		}
		if lo <= hi {
			p.lo, p.hi, p.soft = lo, hi, hi
		}
	case p.lo == never:
		p.t, p.lo = fine, fine
	case fine >= p.lo && fine < p.soft:
		p.t, p.lo, p.hi, p.weak = fine, fine, p.soft, false
	case fine < p.lo && fine >= p.lo-second/5: // said just before the second ended, written just after
		p.t = p.lo
	default:
		p.kind, p.wrong = Second, own // it waited, or its clock cannot be trusted: the second is what holds
	}
	return p
}

// minChain is how many leases there are at least where these alone are the frame.
const minChain = 3

// chain makes the frame: the longest run of leases that goes forward; where there are hardly any, of all stamps, of weak ones
// only where there are no others.
func (c *Clock) chain() {
	leases := c.only(func(p *point) bool {
		return p.kind == Lease && p.t != never || p.kind == Request || p.kind == Received && !p.wide() || p.kept && !p.weak
	})
	if len(leases) < minChain {
		if leases = c.only(func(p *point) bool { return !p.weak }); len(leases) == 0 {
			leases = c.points
		}
	}
	c.frame = longest(c.frame[:0], leases)
}

// only returns the points that count, until it is called again.
func (c *Clock) only(counts func(*point) bool) []point {
	c.some = c.some[:0]
	for i := range c.points {
		if p := &c.points[i]; counts(p) {
			c.some = append(c.some, *p)
		}
	}
	return c.some
}

// when is the time by which points are put in order.
func (p *point) when() int64 {
	if p.t != never {
		return p.t
	}
	return p.lo
}

// longest returns the longest subsequence whose times do not run back, in the memory of out.
func longest(out, in []point) []point {
	tails := make([]int32, 0, len(in)) // the index of the last point of the best run of each length
	prev := make([]int32, len(in))
	for i := range in {
		w := in[i].when()
		k := len(tails)
		if k > 0 && in[tails[k-1]].when() > w {
			k = sort.Search(k, func(k int) bool { return in[tails[k]].when() > w })
		}
		prev[i] = -1
		if k > 0 {
			prev[i] = tails[k-1]
		}
		if k == len(tails) {
			tails = append(tails, int32(i))
		} else {
			tails[k] = int32(i)
		}
	}
	if len(tails) == 0 {
		return nil
	}
	out = slices.Grow(out[:0], len(tails))[:len(tails)]
	for i, k := tails[len(tails)-1], len(tails)-1; k >= 0; i, k = prev[i], k-1 {
		out[k] = in[i]
	}
	return out
}

// fits reports whether a point lies between its neighbours in the frame.
func (c *Clock) fits(p *point) bool {
	w := p.when()
	if c.floor.t != never && w < c.floor.t-slack {
		return false
	}
	i, _ := slices.BinarySearchFunc(c.frame, p.rev, func(f point, r int64) int { return cmp.Compare(f.rev, r) })
	if i < len(c.frame) && w > c.frame[i].when()+slack {
		return false
	}
	if i < len(c.frame) && c.frame[i].rev == p.rev {
		return w >= c.frame[i].when()-slack
	}
	return i == 0 || w >= c.frame[i-1].when()-slack
}

// join makes one point of those of the same revision.
func (c *Clock) join() {
	out := c.points[:0]
	for _, p := range c.points {
		if n := len(out); n > 0 && out[n-1].rev == p.rev {
			o := &out[n-1]
			switch { // the request says best when its own write was made, then what received it at once
			case o.kind == Request || o.kind == Received && !o.wide() && p.kind != Request:
				continue
			case p.kind == Request || p.kind == Received && !p.wide():
				*o = p
				continue
			}
			if p.t != never && (o.t == never || o.wide()) {
				o.t, o.kind, o.wrong = p.t, p.kind, p.wrong
			}
			o.lo, o.hi, o.soft = max(o.lo, p.lo), min(o.hi, p.hi), min(o.soft, p.soft)
			continue
		}
		out = append(out, p)
	}
	c.points = out
}

// wide reports whether a change was received late, or may have been.
func (p *point) wide() bool { return p.kind == Received && (p.lo == never || p.hi-p.lo > second) }

// bound finds for each point what all before and all after it say, and the exact points that do not contradict them. What
// other clocks say does not count against the requests of an audit log, nor against when a change was received.
func (c *Clock) bound() {
	n := len(c.points)
	c.low, c.high = slices.Grow(c.low[:0], n)[:n], slices.Grow(c.high[:0], n)[:n]
	lo, hi := c.floor.lo, int64(always)
	for i := range c.points {
		lo = max(lo, c.points[i].lo)
		c.low[i] = lo
	}
	c.soft = slices.Grow(c.soft[:0], n)[:n]
	answered, soft := int64(always), int64(always)
	for i := n - 1; i >= 0; i-- {
		hi = min(hi, c.points[i].hi)
		c.high[i] = hi
		if k := c.points[i].kind; k == Request || k == Received {
			answered = min(answered, c.points[i].hi)
		}
		c.low[i] = min(c.low[i], answered)
		if c.points[i].soft > c.low[i] {
			soft = min(soft, c.points[i].soft)
		}
		c.soft[i] = soft
	}
	c.exact = c.exact[:0]
	last := c.floor.t
	for i := range c.points {
		p := c.points[i]
		if p.t != never && p.t >= c.low[i] && p.t >= last && p.t <= c.high[i] {
			c.exact = append(c.exact, p)
			last = p.t
		}
	}
}
