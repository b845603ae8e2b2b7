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

// Held puts the copies together that hold the same of a key: first what the log wrote, where that is known, then what most hold.
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
		if (a.Version.Right == Right) != (b.Version.Right == Right) {
			return map[bool]int{true: -1, false: 1}[a.Version.Right == Right]
		}
		return len(b.Sides) - len(a.Sides)
	})
	return out
}

// Compared is how many copies hold something of a key, one thing or another.
func Compared(held []Held) (n int) {
	for i := range held {
		n += len(held[i].Sides)
	}
	return n
}

// Open reports whether the log did not say of a copy whether it is right, where it said that of another one.
func (r *Result) Open() bool {
	return slices.ContainsFunc(r.Sides, func(s *Side) bool { return s.Group >= 0 && s.Right == NotKnown })
}

// Odd counts the keys of which a copy holds something else than most copies do, and those of which no version is held by most.
func (r *Result) Odd(s *Side) (odd, open int) {
	for i := range r.Keys {
		held := r.Keys[i].Held(r)
		most := slices.IndexFunc(held, func(h Held) bool { return len(h.Sides)*2 > Compared(held) })
		switch {
		case most < 0:
			open++
		case !slices.Contains(held[most].Sides, s):
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
