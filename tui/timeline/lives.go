package timeline

import (
	"fmt"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// A key can live several times: it is created, deleted, and created again as another object. A life begins with the row
// that created it.

// lean drops what rows no longer need once they are described: histories of 100,000 versions are read row by row. The
// newest keeps its value, so that the next version can be compared with it; what was created keeps its object, for the
// uid that distinguishes lives, and what was deleted its last version, for a filter that asks for its fields.
func lean(rows []change.Change) {
	for i := range rows {
		c := &rows[i]
		c.Sealed = c.Unread()
		if c.Type != etcdsource.Deleted {
			c.Before = nil
		}
		if c.Type != etcdsource.Created {
			c.Object = nil
		}
		if i > 0 {
			c.Value = nil
		}
	}
}

// lives returns how many lives of the key have a row.
func (p *Pane) lives() int {
	n := 0
	for i := range p.rows {
		if i == 0 || p.rows[i].Type == etcdsource.Deleted {
			n++
		}
	}
	return n
}

// summary is what a row says of its change; a creation is distinguished from the one of another life.
func (p *Pane) summary(i int) string {
	c := &p.rows[i]
	if c.Type != etcdsource.Created || p.lived < 2 {
		return c.Summary
	}
	s := c.Summary
	if i+1 < len(p.rows) {
		s = "created again"
	}
	if c.Object != nil && c.Object.UID != "" {
		s += ", uid " + clean.End(clean.Key([]byte(c.Object.UID)), 9)
	}
	return s
}

// compactedText says what lies beyond the edge of what is retained. The version counts the writes of a life.
func (p *Pane) compactedText() string {
	s := fmt.Sprintf("before %s: compacted", widget.Thousands(p.edge.Revision))
	n := len(p.rows)
	if n == 0 || p.rows[n-1].Type == etcdsource.Deleted || p.rows[n-1].Version < 2 {
		return s
	}
	newest := n - 1
	for newest > 0 && p.rows[newest-1].Type != etcdsource.Deleted && p.rows[newest].Type != etcdsource.Deleted && p.rows[newest-1].Type != etcdsource.Created {
		newest--
	}
	total, oldest := p.rows[newest].Version, p.rows[n-1].Version
	return fmt.Sprintf("%s; %s of %s writes are retained", s, widget.Thousands(total-oldest+1), widget.Thousands(total))
}
