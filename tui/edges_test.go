package tui

import (
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestOldestRevisionThatCanBeRead: the revision of the compaction can still be read; one below it is not asked for, and the
// screen stays where it is. The same holds for the newest revision and the one after it.
func TestOldestRevisionThatCanBeRead(t *testing.T) {
	t.Parallel()
	src := shop() // revisions 2 to 7
	src.Describing(func(i *etcdsource.Info) { i.Compacted = 4 })
	d := drive(t, program(t, map[string]*tuitest.Memory{"": src}), 200, 60)
	listed(d)
	for _, c := range []struct{ rev, sees string }{
		{"3", "Revision 3 was compacted; the oldest that can be read is 4."},
		{"4", "AS OF rev 4"},
		{"3", "Revision 3 was compacted; the oldest that can be read is 4."},
		{"8", "Revision 8 has not been written yet; the newest is 7."},
		{"6", "AS OF rev 6"},
	} {
		d.Fill("T", c.rev)
		d.See(c.sees)
		d.Gone("AS OF rev 3")
		d.Gone("AS OF rev 8")
	}
}

// TestEscClearsMarks: where nothing nearer is left for esc to end, it takes all marks away, and closes no tab.
func TestEscClearsMarks(t *testing.T) {
	t.Parallel()
	m := program(t, map[string]*tuitest.Memory{"": shop(), "old.db": shop()})
	d := drive(t, m, 200, 60)
	listed(d)
	d.Press("4")
	d.See("old.db")
	d.Press("o")
	d.See("2/2")
	listed(d)
	d.Press("1 j space j space")
	if n := len(m.tab().v.Nav.Marks.All()); n != 2 {
		t.Fatalf("%d are marked", n)
	}
	d.Press("tab") // to the object
	d.Press("esc") // back to the keys
	if n := len(m.tab().v.Nav.Marks.All()); n != 2 || len(m.tabs) != 2 {
		t.Errorf("after the first esc %d are marked, %d tabs are open", n, len(m.tabs))
	}
	d.Press("esc")
	if n := len(m.tab().v.Nav.Marks.All()); n != 0 || len(m.tabs) != 2 {
		t.Errorf("after the second esc %d are marked, %d tabs are open", n, len(m.tabs))
	}
	d.Press("esc")
	if len(m.tabs) != 1 {
		t.Errorf("after the third esc %d tabs are open", len(m.tabs))
	}
}
