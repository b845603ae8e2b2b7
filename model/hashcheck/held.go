package hashcheck

import (
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Held is what copies hold of a key that differs, and which copies do.
type Held struct {
	Version Version
	Sides   []*Side
}

// Held puts the copies together that hold the same of a key; of several that most hold comes first, and else what the log wrote.
func (d *Difference) Held(r *Result) (out []Held) {
	for g := range d.Versions {
		v := d.Versions[g]
		i := slices.IndexFunc(out, func(h Held) bool { return len(v.Differing(&h.Version)) == 0 })
		if i < 0 {
			i, out = len(out), append(out, Held{Version: v})
		}
		for _, s := range r.Sides {
			if s.Group == g {
				out[i].Sides = append(out[i].Sides, s)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Held) int {
		if n := len(b.Sides) - len(a.Sides); n != 0 {
			return n
		}
		return rank(a.Version.Right) - rank(b.Version.Right)
	})
	return out
}

func rank(r Rightness) int { return map[Rightness]int{Right: 0, NotKnown: 1, Wrong: 2}[r] }

// Compared is how many copies hold something of a key, one thing or another.
func Compared(held []Held) (n int) {
	for i := range held {
		n += len(held[i].Sides)
	}
	return n
}

// Odd counts the keys of which a copy holds something else than most copies do, and those of which no version is held by most.
func (r *Result) Odd(s *Side) (odd, open int) {
	for i := range r.Keys {
		held := r.Keys[i].Held(r)
		switch {
		case len(held[0].Sides)*2 <= Compared(held):
			open++
		case !slices.Contains(held[0].Sides, s):
			odd++
		}
	}
	return odd, open
}

// Differing says in what two versions differ, in the words of Difference.In; nothing where they are the same.
func (v *Version) Differing(o *Version) (in []string) {
	if v.Present != o.Present {
		return []string{"missing"}
	}
	for _, x := range []struct {
		name string
		same bool
	}{{"modRevision", v.Mod == o.Mod}, {"createRevision", v.Create == o.Create}, {"version", v.Version == o.Version},
		{"lease", v.Lease == o.Lease || v.Lease == etcdsource.LeaseUnknown || o.Lease == etcdsource.LeaseUnknown}, {"value", v.Bytes == o.Bytes && v.Sum == o.Sum}} {
		if !x.same {
			in = append(in, x.name)
		}
	}
	return in
}
