package compare

import (
	"slices"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/tui/diffview"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestExportSaysWhatIsInIt: who exports a diff in which the values of Secrets are shown sees that before; a masked one
// holds none of them.
func TestExportSaysWhatIsInIt(t *testing.T) {
	t.Parallel()
	for _, reveal := range []bool{false, true} {
		h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
		f := New(h, v).(*Feature)
		dec := decode.New(decode.Options{})
		side := func(rev int64, value string) diffview.Side {
			key := []byte("/registry/secrets/demo/s")
			return diffview.Side{Key: key, Rev: rev, Object: dec.Object(key, []byte(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"data":{"p":"`+value+`"}}`), rev)}
		}
		f.key.diff.Show(diffview.Compare(dec, side(3, "aHVudGVy"), side(7, "c2VjcmV0"), nil, reveal))
		f.key.askExport()
		if len(h.Asked) != 1 {
			t.Fatalf("asked %v", h.Asked)
		}
		w := h.Asked[0].(host.WriteFile)
		said := strings.Contains(strings.Join(w.Facts, "\n"), "Values are shown as they are, those of Secrets too.")
		if holds := strings.Contains(string(w.Data), "c2VjcmV0"); said != reveal || holds != reveal || !strings.Contains(w.Path, "-3-7.diff") {
			t.Errorf("revealed %v: the facts are %q, the value is in it: %v, the file is %q", reveal, w.Facts, holds, w.Path)
		}
	}
}

// TestDiffThatIsNotRead: keys that need the diff say so while it is being read.
func TestDiffThatIsNotRead(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	f := New(h, v).(*Feature)
	f.key.askExport()
	f.key.copyPatch()
	if want := []string{notRead, notRead}; !slices.Equal(h.Said, want) {
		t.Errorf("said %q, want %q", h.Said, want)
	}
}

// TestCopiedDiff: a diff is copied as Markdown, with the line that prints it; no backtick in a value ends its block, and a
// masked value is not in it.
func TestCopiedDiff(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	h.Choices.Source = func(string, string) []string { return []string{"--from=/a b/x.db"} }
	f := New(h, v).(*Feature)
	dec := decode.New(decode.Options{})
	side := func(kind string, rev int64, value string) diffview.Side {
		key := []byte("/registry/x/demo/it's")
		return diffview.Side{Key: key, Rev: rev, Object: dec.Object(key, []byte(`{"apiVersion":"v1","kind":"`+kind+`","metadata":{"name":"s"},"data":{"p":"`+value+`"}}`), rev)}
	}
	f.key.diff.Show(diffview.Compare(dec, side("ConfigMap", 3, "old"), side("ConfigMap", 7, "a ```` b"), nil, false))
	f.key.copyPatch()
	want := "etcdscope diff '/registry/x/demo/it'\\''s' 3 7 '--from=/a b/x.db'"
	if len(h.Copied) != 1 || !strings.Contains(h.Copied[0], "\n`````diff\n") || !strings.Contains(h.Copied[0], "\n`````\n\n```sh\n"+want+"\n```\n") ||
		!strings.Contains(h.Copied[0], "revision 3 to 7") || !strings.Contains(h.Copied[0], "\n-  p: old\n") {
		t.Errorf("copied %q", h.Copied)
	}
	f.key.diff.Show(diffview.Compare(dec, side("Secret", 3, "aHVudGVy"), side("Secret", 7, "c2VjcmV0"), nil, false))
	f.key.copyPatch()
	if s := h.Copied[1]; strings.Contains(s, "c2Vj") || strings.Contains(s, "aHVu") || !strings.Contains(s, "***") {
		t.Errorf("copied %q", s)
	}
}

// TestStepKeepsToTheFilter: [ and ] go through the versions that the timeline shows under its filter, and say so at their ends.
func TestStepKeepsToTheFilter(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	f := New(h, v).(*Feature)
	version := func(rev int64, typ etcdsource.Type) change.Change {
		return change.Change{Event: etcdsource.Event{Key: []byte("/k"), Mod: rev, Type: typ}}
	}
	v.Panes.History.Select("/k", "")
	v.Panes.History.Show([]change.Change{version(9, etcdsource.Deleted), version(7, etcdsource.Created), version(5, etcdsource.Deleted), version(3, etcdsource.Created)}, etcdsource.Edge{})
	if _, err := v.Panes.History.Filter("type:deleted", nil); err != nil {
		t.Fatal(err)
	}
	f.key.compared = comparison{to: point{key: "/k", rev: 9}, step: true}
	for _, s := range []struct {
		dir  int
		want int64
	}{{-1, 5}, {-1, 5}, {1, 9}, {1, 9}} {
		f.key.stepDiff(s.dir)
		if got := f.key.compared.to.rev; got != s.want {
			t.Errorf("by %d: at %d, want %d", s.dir, got, s.want)
		}
	}
	if want := []string{"No older version that was read passes the timeline's filter: type:deleted", "No newer version that was read passes the timeline's filter: type:deleted"}; !slices.Equal(h.Said, want) {
		t.Errorf("said %q, want %q", h.Said, want)
	}
}
