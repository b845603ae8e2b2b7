package snapshots

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/pane/panetest"
)

func folder(t *testing.T) *Pane {
	time.Local = time.UTC
	p := New(panetest.Style(t), "/var/backups/\x1b[31m", "")
	p.Resize(80, 24)
	at := panetest.Style(t).Now
	p.Files([]File{
		{Path: "/b/a.db", Name: "a.db", Bytes: 4 << 20, Modified: at, Revision: 48112871, Check: "sha256 ok", State: etcdsource.Passed},
		{Path: "/b/b.db", Name: "a-name-that-is-much-longer-than-there-is-room-for-it.db.gz", Bytes: 999, Modified: at, Check: "the hash does not match its trailer", State: etcdsource.Failed},
		{Path: "/b/c.db", Name: "c.db", Modified: at, Check: "no checksum"},
	}, nil)
	return p
}

func TestChoosing(t *testing.T) {
	p := folder(t)
	if in := p.Do(keymap.Open); in != (pane.OpenFile{Path: "/b/a.db"}) {
		t.Errorf("open asks for %v", in)
	}
	p.Do(keymap.Down)
	if in := p.Do(keymap.OpenBeside); in != (pane.OpenFile{Path: "/b/b.db"}) {
		t.Errorf("open beside asks for %v", in)
	}
	p.Files([]File{{Path: "/b/0.db", Name: "0.db"}, {Path: "/b/a.db", Name: "a.db"}, {Path: "/b/b.db", Name: "b.db"}}, nil)
	if in := p.Do(keymap.Open); in != (pane.OpenFile{Path: "/b/b.db"}) {
		t.Errorf("after a new file arrived above, open asks for %v", in)
	}
	p.Files(nil, errors.New("open /b: permission denied"))
	if in := p.Do(keymap.Open); in != nil || !strings.Contains(panetest.Rows(t, p, 80, 24), "permission denied") {
		t.Errorf("no files: %v\n%s", in, panetest.Rows(t, p, 80, 24))
	}
	if in := folder(t).Click(3, jobRows+2, true); in != (pane.OpenFile{Path: "/b/c.db"}) {
		t.Errorf("a double click asks for %v", in)
	}
	for _, y := range []int{0, jobRows - 1, jobRows + 3, 100} {
		if in := folder(t).Click(3, y, true); in != nil {
			t.Errorf("a double click on row %d asks for %v", y, in)
		}
	}
}

// TestSaving shows a save from its first step to its verdict.
func TestSaving(t *testing.T) {
	p := folder(t)
	panetest.EverySize(t, p)
	panetest.Golden(t, "idle-80x24", panetest.Rows(t, p, 80, 24))
	p.Begin(panetest.Style(t).Now)
	if !p.Running() {
		t.Error("it does not run")
	}
	p.Report(Step{Name: "stream from etcd-2\x1b[31m", Done: 1 << 20, Total: 4 << 20})
	panetest.EverySize(t, p)
	panetest.Golden(t, "running-80x24", panetest.Rows(t, p, 80, 24))
	p.Report(Step{Name: "stream from etcd-2\x1b[31m", Done: 4 << 20, Total: 4 << 20, Ended: true, Note: "4.0 MiB"})
	p.Report(Step{Name: "check", Ended: true, Note: "ok"})
	p.End(Result{Path: "/b/c.db", Revision: 48112871, Bytes: 4 << 20, Seconds: 0.25}, nil)
	if p.Running() {
		t.Error("it still runs")
	}
	panetest.EverySize(t, p)
	panetest.Golden(t, "saved-80x24", panetest.Rows(t, p, 80, 24))
	p.Files(p.files, nil)
	if in := p.Do(keymap.Open); in != (pane.OpenFile{Path: "/b/c.db"}) {
		t.Errorf("the cursor is not on what was saved: %v", in)
	}
	p.Begin(panetest.Style(t).Now)
	p.Report(Step{Name: "stream from etcd-2", Done: 1 << 20, Total: -1})
	p.End(Result{}, errors.New("no space left on device\x1b[31m"))
	panetest.EverySize(t, p)
	if rows := panetest.Rows(t, p, 80, 24); !strings.Contains(rows, "no space left") || strings.Contains(rows, "saved and verified") {
		t.Errorf("a failure:\n%s", rows)
	}
}

func TestNothingToSave(t *testing.T) {
	p := New(panetest.Style(t), ".", "it is a file already")
	panetest.EverySize(t, p)
	if rows := panetest.Rows(t, p, 80, 24); !strings.Contains(rows, "it is a file already") {
		t.Errorf("%s", rows)
	}
}
