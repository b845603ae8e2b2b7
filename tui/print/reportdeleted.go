package print

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/reconcile"
)

type goneLine struct {
	Report string `json:"report"`
	key
	Revision int64  `json:"revision"`
	Last     int64  `json:"lastRevision"`
	Time     string `json:"time,omitempty"`
	Earliest string `json:"earliest,omitempty"` // where it is only known that the time was not before this
	Latest   string `json:"latest,omitempty"`   // where it is only known that the time was not after this
	Writer   string `json:"writer,omitempty"`   // who deleted it: the controller where it is known
	Owned    bool   `json:"owned"`
	Lost     bool   `json:"unrestorable,omitempty"` // the last version is no object that could be brought back
}

func lineOf(g *reconcile.Gone) goneLine {
	line := goneLine{Report: "deleted", key: keyOf([]byte(g.Key)), Revision: g.Revision, Last: g.Last, Time: when(g.Time), Writer: clean.Key([]byte(g.Writer)), Owned: g.Owned, Lost: g.Unrestorable}
	if g.NotBefore {
		line.Earliest = line.Time
	}
	if g.NotAfter {
		line.Latest = line.Time
	}
	return line
}

// deleted prints what was deleted last and did not come back.
func (r *reporter) deleted() error {
	all := r.seen.Gone()
	slices.Reverse(all)
	if r.flags.format != "json" {
		all = slices.DeleteFunc(all, func(g reconcile.Gone) bool { return g.Owned })
	}
	list, more := keep(r, all, func(g *reconcile.Gone) string { return r.namespaceOf(g.Key) })
	if r.flags.format != "json" {
		if err := r.head("Deleted and not made by an owner, the newest first; etcdscope rescue brings them back", len(list), more); err != nil {
			return err
		}
	}
	for i := range list {
		g := &list[i]
		if r.flags.format == "json" {
			if err := r.out.json(lineOf(g)); err != nil {
				return err
			}
			continue
		}
		if err := r.deletedLine(g); err != nil {
			return err
		}
	}
	return r.foot(len(list))
}

// deletedLine prints what was deleted, when and by whom.
func (r *reporter) deletedLine(g *reconcile.Gone) error {
	glyphs := r.glyphs()
	sign := padded(glyphs.Bound(g.NotBefore, g.NotAfter), ansi.StringWidth(glyphs.NotBefore))
	by := clean.Middle(clean.Key([]byte(cmp.Or(g.Writer, attribution.NotKnown))), deleterCell)
	last := fmt.Sprintf("  last version %d", g.Last)
	if g.Unrestorable {
		last += ", which cannot be brought back"
	}
	return r.out.line(fmt.Sprintf("  %8d ", g.Revision) + r.out.paint(text.Muted, sign+clockTime(g.Time)) + "  " + padded(by, deleterCell) +
		"  " + r.out.paint(text.Removed, r.called(g.Key)) + r.out.paint(text.Muted, last))
}

// deleterCell is the width of the column with who deleted an object.
const deleterCell = 26
