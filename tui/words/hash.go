package words

import (
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/hashcheck"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// HashCost says what comparing copies reads; safe text.
func HashCost(e hashcheck.Expected) string {
	c := e.Once
	s := fmt.Sprintf("%s of %s together %s read once", widget.Plural(c.Copies, "database"), widget.Bytes(c.Bytes), be(c.Copies))
	if c.Members == 0 {
		s += "; no server is asked"
	} else {
		s += fmt.Sprintf(", one at a time, the leader last, with a pause as long as each takes; a member's writes wait while it is read (%s)", widget.Plural(c.Members, "member"))
	}
	if c.Copies < 2 {
		return s
	}
	if e.Apart {
		s += fmt.Sprintf("; they are compacted at different revisions, where hashes do not compare: all keys and values are compared then, up to %s of each, %s in all", moreReads(e.Compare), widget.Bytes(e.Compare.Total()))
	}
	s += fmt.Sprintf("; if they differ, finding the revision and the keys takes up to %s of each, %s in all", moreReads(e.Differ), widget.Bytes(e.Differ.Total()))
	if !e.Apart {
		s += fmt.Sprintf("; if hashes cannot be compared, all keys and values are: up to %s in all", widget.Bytes(e.Compare.Total()))
	}
	return s
}

func moreReads(c hashcheck.Cost) string {
	if c.Reads() == 1 {
		return "1 more read"
	}
	return fmt.Sprintf("%d more reads", c.Reads())
}

// HashMore says what it takes to name what differs; safe text.
func HashMore(c hashcheck.Cost) string {
	all := fmt.Sprintf("up to %s of %s, %s in all", moreReads(c), widget.Plural(c.Copies, "database"), widget.Bytes(c.Total()))
	if c.Scans > 0 {
		return "the hashes differ; finding the revision and the keys takes " + all
	}
	return "hashes do not say more; the keys and values are compared: " + all
}

// HashRest says how many keys are not named.
func HashRest(r *hashcheck.Result) string {
	return fmt.Sprintf("%s more differ and are not named.", widget.Plural(r.More, "key"))
}

func be(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// HashRole is how a verdict is coloured.
func HashRole(v hashcheck.Verdict) text.Role {
	switch v {
	case hashcheck.Equal:
		return text.OK
	case hashcheck.Differs:
		return text.Error
	}
	return text.Warning
}

// HashSentence says what a comparison found; safe text.
func HashSentence(r *hashcheck.Result) string {
	s := ""
	switch hashed := hashedSides(r); {
	case r.Verdict == hashcheck.Unchecked:
		return "unchecked: " + clean.Text(r.Why)
	case r.Verdict == hashcheck.Equal:
		s = fmt.Sprintf("equal on %d of %d at revision %s", hashed, len(r.Sides), widget.Thousands(r.Revision))
	case r.First > 0 && r.Older:
		s = fmt.Sprintf("differs at revision %s, and already at %s, the oldest that can be compared", widget.Thousands(r.Revision), widget.Thousands(r.First))
	case r.First > 0:
		s = fmt.Sprintf("differs at revision %s, from revision %s on", widget.Thousands(r.Revision), widget.Thousands(r.First))
	case !hashesDiffer(r):
		s = "differs"
	default:
		s = fmt.Sprintf("differs at revision %s", widget.Thousands(r.Revision))
	}
	if n := len(r.Keys) + r.More; n > 0 {
		s += ", in " + widget.Plural(n, "key")
	}
	for i := range r.Earlier {
		if e := &r.Earlier[i]; e.Contradicted() > 0 {
			s += fmt.Sprintf("; %s and %s say different things of %s, of the time that both hold", sideName(e.Side), sideName(e.With), widget.Plural(e.Contradicted(), "key"))
		}
	}
	if r.Why != "" {
		s += "; " + clean.Text(r.Why)
	}
	return s
}

func hashedSides(r *hashcheck.Result) (n int) {
	for _, s := range r.Sides {
		if s.Group >= 0 {
			n++
		}
	}
	return n
}

// HashHeads are the headings of the cells of a copy; HashCells are those cells. Safe text.
var HashHeads = []string{"COPY", "HASH", "COMPACTED", "DB", "SAYS"}

// HashCells are the cells of a copy.
func HashCells(r *hashcheck.Result, s *hashcheck.Side) []string {
	cells := []string{clean.Key([]byte(s.State.Name)), "-", "-", "-", ""}
	if s.State.Size > 0 {
		cells[3] = widget.Bytes(s.State.Size)
	}
	if s.Group < 0 {
		cells[4] = clean.Text(s.Fault)
		return cells
	}
	cells[1], cells[2] = fmt.Sprintf("%08x", s.Hash.Hash), widget.Thousands(s.Hash.Compacted)
	switch {
	case s.Right == hashcheck.Right:
		cells[4] = "right, by the write-ahead log"
	case s.Right == hashcheck.Wrong:
		cells[4] = "WRONG" + hashWrong(r, s) + ", by the write-ahead log"
	case r.Verdict == hashcheck.Differs:
		cells[4] = "as " + alike(r, s) + hashOdd(r, s)
	}
	return cells
}

// hashWrong says in how many keys a copy is wrong.
func hashWrong(r *hashcheck.Result, s *hashcheck.Side) string {
	n := 0
	for i := range r.Keys {
		if v := r.Keys[i].Versions; s.Group < len(v) && v[s.Group].Right == hashcheck.Wrong {
			n++
		}
	}
	return " in " + widget.Plural(n, "key")
}

// hashOdd says, where no two copies are alike, in how many keys one holds something else than most.
func hashOdd(r *hashcheck.Result, s *hashcheck.Side) string {
	odd, open := r.Odd(s)
	switch {
	case len(r.Keys) == 0 || alike(r, s) != alone:
		return ""
	case odd == 0 && open > 0:
		return fmt.Sprintf("; in %s no version is held by most", widget.Plural(open, "key"))
	case open > 0:
		return fmt.Sprintf("; other than most in %s; in %s no version is held by most", widget.Plural(odd, "key"), widget.Plural(open, "key"))
	case odd == 0:
		return "; each key as most hold it"
	}
	return "; other than most in " + widget.Plural(odd, "key")
}

// alone is what a copy holds as, where no other one holds the same.
const alone = "no other one"

// alike names the copies that hold the same as one.
func alike(r *hashcheck.Result, s *hashcheck.Side) string {
	var names []string
	for _, o := range r.Sides {
		if o != s && o.Group == s.Group {
			names = append(names, clean.Key([]byte(o.State.Name)))
		}
	}
	if len(names) == 0 {
		return alone
	}
	return strings.Join(names, ", ")
}

// HashKey says of a key in what it differs; HashVersions what the copies hold of it. Safe text.
func HashKey(d *hashcheck.Difference) string {
	return fmt.Sprintf("%s  revision %s: %s", clean.Key(d.Key), widget.Thousands(d.Revision), strings.Join(d.In, ", "))
}

// HashVersions says what copies hold of a key, a line for those that hold the same; what most hold comes first.
func HashVersions(r *hashcheck.Result, d *hashcheck.Difference) (lines []string) {
	held := d.Held(r)
	for i := range held {
		lines = append(lines, hashVersion(d, held, i))
	}
	return lines
}

// hashVersion says what copies hold, and in what it is not what the first ones hold.
func hashVersion(d *hashcheck.Difference, held []hashcheck.Held, at int) string {
	h, first := &held[at], &held[0]
	v := &h.Version
	s := names(h.Sides) + ": "
	switch {
	case !v.Present:
		s += fmt.Sprintf("no such key at revision %s", widget.Thousands(d.At))
	default:
		s += fmt.Sprintf("written at revision %s, version %d, %s, value %x", widget.Thousands(v.Mod), v.Version, widget.Bytes(v.Bytes), v.Sum[:4])
	}
	if in := v.Differing(&first.Version); at > 0 && v.Present && first.Version.Present && len(in) > 0 {
		s += " (another " + strings.Join(in, ", ") + ")"
	}
	switch v.Right {
	case hashcheck.Right:
		s += "; RIGHT: this is what the log wrote"
	case hashcheck.Wrong:
		s += "; WRONG: not what the log wrote"
	case hashcheck.NotKnown:
		if len(first.Sides)*2 > hashcheck.Compared(held) {
			s += map[bool]string{true: "; as most", false: "; not as most"}[at == 0]
		}
	}
	return s
}

func names(sides []*hashcheck.Side) string {
	var out []string
	for _, s := range sides {
		out = append(out, clean.Key([]byte(s.State.Name)))
	}
	return strings.Join(out, ", ")
}
