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
func HashCost(c, more hashcheck.Cost) string {
	s := fmt.Sprintf("%s of %s together %s read once, one at a time, the leader last, with a pause as long as each takes", widget.Plural(c.Copies, "database"), widget.Bytes(c.Bytes), be(c.Copies))
	if c.Members > 0 {
		s += fmt.Sprintf("; a member's writes wait while it is read (%s)", widget.Plural(c.Members, "member"))
	}
	if more.Scans > 0 && c.Copies > 1 {
		s += fmt.Sprintf("; if they differ, finding the revision takes up to %s of each, %s in all, and the keys are compared", widget.Plural(more.Scans, "more scan"), widget.Bytes(more.Total()))
	}
	return s
}

// HashMore says what it takes to name what differs; safe text.
func HashMore(c hashcheck.Cost) string {
	s := "the keys of " + widget.Plural(c.Copies, "copy")
	if c.Copies != 1 {
		s = fmt.Sprintf("the keys of %d copies", c.Copies)
	}
	if c.Scans > 1 {
		return fmt.Sprintf("finding the revision takes up to %s more of each of %d databases, %s in all; then %s are compared", widget.Plural(c.Scans-1, "scan"), c.Copies, widget.Bytes(c.Bytes*int64(c.Scans-1)), s)
	}
	return s + " are compared"
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
	default:
		s = fmt.Sprintf("differs at revision %s", widget.Thousands(r.Revision))
	}
	if n := len(r.Keys) + r.More; n > 0 {
		s += ", in " + widget.Plural(n, "key")
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
		cells[4] = "WRONG, by the write-ahead log"
	case r.Verdict == hashcheck.Differs:
		cells[4] = "as " + alike(r, s)
	}
	return cells
}

// alike names the copies that hold the same as one.
func alike(r *hashcheck.Result, s *hashcheck.Side) string {
	var names []string
	for _, o := range r.Sides {
		if o != s && o.Group == s.Group {
			names = append(names, clean.Key([]byte(o.State.Name)))
		}
	}
	if len(names) == 0 {
		return "no other one"
	}
	return strings.Join(names, ", ")
}

// HashGroup names the copies of a group.
func HashGroup(r *hashcheck.Result, group int) string {
	var names []string
	for _, s := range r.Sides {
		if s.Group == group {
			names = append(names, clean.Key([]byte(s.State.Name)))
		}
	}
	return strings.Join(names, ", ")
}

// HashKey says of a key in what it differs; HashVersion what a group of copies holds of it. Safe text.
func HashKey(d *hashcheck.Difference) string {
	return fmt.Sprintf("%s  revision %s: %s", clean.Key(d.Key), widget.Thousands(d.Revision), strings.Join(d.In, ", "))
}

// HashVersion says what a group of copies holds of a key.
func HashVersion(r *hashcheck.Result, d *hashcheck.Difference, group int) string {
	v := &d.Versions[group]
	s := HashGroup(r, group) + ": "
	if !v.Present {
		s += fmt.Sprintf("no such key at revision %s", widget.Thousands(d.At))
	} else {
		s += fmt.Sprintf("written at revision %s, version %d, %s", widget.Thousands(v.Mod), v.Version, widget.Bytes(v.Bytes))
	}
	switch v.Right {
	case hashcheck.Right:
		s += "; this is what the log wrote"
	case hashcheck.Wrong:
		s += "; not what the log wrote"
	case hashcheck.NotKnown:
	}
	return s
}
