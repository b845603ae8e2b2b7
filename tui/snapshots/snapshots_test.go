package snapshots

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/verify"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/pane/panetest"
)

func folder(t *testing.T) *Pane {
	time.Local = time.UTC
	p := New(panetest.Style(t), "/b", "")
	p.Resize(80, 24)
	at := panetest.Style(t).Now
	p.Files([]etcdsource.Backup{
		{Path: "/b/a.db", Format: "etcd", Cluster: "0123456789", Bytes: 4 << 20, Revision: 48112871, Keys: 1389, Time: at.Add(-time.Hour), TimeFrom: "content", Verdict: etcdsource.BackupVerified, Checked: at, SHA256: "0123456789abcdef01"},
		{Path: "/b/c.example.com/backups/etcd/main/2026-01-02T03:04:05Z-000012/etcd.backup.gz", Format: "kops", Name: "c.example.com", Bytes: 999, Keys: -1, Time: at.Add(-30 * time.Hour), TimeFrom: "backup", Verdict: etcdsource.BackupDamaged, Problem: "the file is truncated\x1b[31m"},
		{Path: "/b/c.db", Format: "etcd", Keys: -1, Time: at.Add(-90 * 24 * time.Hour), TimeFrom: "modified"},
		{Path: "/b/locked.db", Format: "etcd", Keys: -1, Time: at.Add(-91 * 24 * time.Hour), Problem: "no permission to read it"},
		{Path: "/b/notes\x1b.txt", Foreign: true, Keys: -1, Problem: "it is text"},
	}, nil)
	return p
}

func TestChoosing(t *testing.T) {
	p := folder(t)
	if in := p.Do(keymap.Open); in != (pane.OpenFile{Path: "/b/a.db"}) {
		t.Errorf("open asks for %v", in)
	}
	p.Do(keymap.Down)
	if in := p.Do(keymap.OpenBeside); in != (pane.OpenFile{Path: "/b/c.example.com/backups/etcd/main/2026-01-02T03:04:05Z-000012/etcd.backup.gz"}) {
		t.Errorf("open beside asks for %v", in)
	}
	p.Do(keymap.Down)
	p.Files([]etcdsource.Backup{{Path: "/b/0.db"}, {Path: "/b/a.db"}, {Path: "/b/c.db"}}, nil)
	if in := p.Do(keymap.Open); in != (pane.OpenFile{Path: "/b/c.db"}) {
		t.Errorf("after a new file arrived above, open asks for %v", in)
	}
	p.Files(nil, errors.New("open /b: permission denied"))
	if in := p.Do(keymap.Open); in != nil || !strings.Contains(panetest.Rows(t, p, 80, 24), "permission denied") {
		t.Errorf("no files: %v\n%s", in, panetest.Rows(t, p, 80, 24))
	}
	if in := folder(t).Click(3, jobRows+3, true); in != (pane.OpenFile{Path: "/b/c.db"}) {
		t.Errorf("a double click asks for %v", in)
	}
	for _, y := range []int{0, jobRows - 1, jobRows, jobRows + 5, jobRows + 6, 100} {
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

func checkOf(name string, state etcdsource.VerdictState, detail string) verify.Check {
	return verify.Check{Check: etcdsource.Check{Name: name, State: state, Proves: "that of " + name, Detail: detail}}
}

// TestVerifying shows a verification from its first check to its verdict, and what is known of a backup before and after.
func TestVerifying(t *testing.T) {
	p := folder(t)
	if path, ok := p.Newest(); !ok || path != "/b/a.db" {
		t.Errorf("the newest is %q, %v", path, ok)
	}
	p.Verify("/b/a.db")
	p.Checked(checkOf("checksum", etcdsource.Passed, "sha256 matches"))
	p.Far(Step{Name: "reading values", Done: 50, Total: 200})
	if !p.Running() {
		t.Error("it does not run")
	}
	panetest.EverySize(t, p)
	panetest.Golden(t, "verifying-80x24", panetest.Rows(t, p, 80, 24))
	p.Checked(checkOf("pages", etcdsource.Passed, "5 pages"))
	p.Checked(checkOf("values", etcdsource.Failed, "1 key cannot be read"))
	p.Checked(checkOf("counts", etcdsource.Unchecked, "there is no earlier snapshot"))
	p.Verified(&verify.Report{Verdict: etcdsource.BackupVerified, Checks: p.check.checks, Revision: 42, Keys: 7, Took: time.Second}, nil)
	if p.Running() {
		t.Error("it still runs")
	}
	panetest.EverySize(t, p)
	panetest.Golden(t, "verified-80x24", panetest.Rows(t, p, 80, 24))
	panetest.Golden(t, "verified-200x30", panetest.Rows(t, p, 200, 30))
	panetest.Golden(t, "verified-40x10", panetest.Rows(t, p, 40, 10))
	p.Resize(80, 24)
	p.Do(keymap.Down)
	if rows := panetest.Rows(t, p, 80, 24); strings.Contains(rows, "checksum") || !strings.Contains(rows, "the file is truncated") {
		t.Errorf("under the cursor is another backup:\n%s", rows)
	}
	p.Do(keymap.Up)
	if rows := panetest.Rows(t, p, 80, 24); !strings.Contains(rows, "checksum") {
		t.Errorf("back on the backup its checks are gone:\n%s", rows)
	}
	p.Verify("/b/c.db")
	p.Verified(nil, errors.New("open snapshot /b/c.db: "+strings.Repeat("a long reason ", 20)))
	panetest.EverySize(t, p)
	if rows := panetest.Rows(t, p, 80, 24); !strings.Contains(rows, "c.db could not be verified") || strings.Count(rows, "a long reason") < 15 {
		t.Errorf("a failure:\n%s", rows)
	}
}

// TestNext: each outcome says what to do next.
func TestNext(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]*verify.Report{
		"It can be relied on": {Verdict: etcdsource.BackupVerified, Checks: []verify.Check{checkOf("checksum", etcdsource.Passed, ""), checkOf("values", etcdsource.Unchecked, "")}},
		"Do not rely on it":   {Verdict: etcdsource.BackupDamaged, Checks: []verify.Check{checkOf("values", etcdsource.Failed, "")}},
		"not all values":      {Verdict: etcdsource.BackupVerified, Checks: []verify.Check{checkOf("values", etcdsource.Failed, "")}},
		"that etcd cannot":    {Verdict: etcdsource.BackupVerified, Checks: []verify.Check{checkOf("version", etcdsource.Failed, "")}},
		"far fewer objects":   {Verdict: etcdsource.BackupReadable, Checks: []verify.Check{checkOf("counts", etcdsource.Failed, "")}},
		"It has no checksum":  {Verdict: etcdsource.BackupReadable},
	} {
		if got := next(r); !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
}

// TestAnotherFolder: nothing of a folder is shown in another one.
func TestAnotherFolder(t *testing.T) {
	p := folder(t)
	p.Go("/c")
	if rows := panetest.Rows(t, p, 80, 24); strings.Contains(rows, "a.db") || !strings.Contains(rows, "Listing the folder") {
		t.Errorf("%s", rows)
	}
	p.Files(nil, nil)
	if rows := panetest.Rows(t, p, 80, 24); !strings.Contains(rows, "There are no backups in this folder.") {
		t.Errorf("%s", rows)
	}
	if path, ok := p.Newest(); ok {
		t.Errorf("the newest of none is %s", path)
	}
	p.Files([]etcdsource.Backup{{Path: "/c/Incr", Format: "gardener-delta", Keys: -1}, {Path: "/c/Full", Format: "gardener-full", Keys: -1}}, nil)
	if path, ok := p.Newest(); !ok || path != "/c/Full" {
		t.Errorf("the newest of a full and a delta snapshot is %q, %v", path, ok)
	}
	p.Files([]etcdsource.Backup{{Path: "/c/x", Foreign: true, Problem: "it is text"}}, nil)
	if path, ok := p.Current(); ok || p.Do(keymap.Open) != nil {
		t.Errorf("what is no backup is opened: %s", path)
	}
}

func TestNothingToSave(t *testing.T) {
	p := New(panetest.Style(t), ".", "it is a file already")
	panetest.EverySize(t, p)
	if rows := panetest.Rows(t, p, 80, 24); !strings.Contains(rows, "it is a file already") {
		t.Errorf("%s", rows)
	}
}

// TestDelta: a delta snapshot is not restored by itself: what it follows is named, and the command that makes one snapshot of both.
func TestDelta(t *testing.T) {
	for _, place := range []string{"/b", "s3://bucket/prod"} {
		p := New(panetest.Style(t), place, "")
		p.Resize(80, 24)
		file := func(name, format string, rev int64) etcdsource.Backup {
			return etcdsource.Backup{Path: place + "/my cluster/v2/" + name, Format: format, Revision: rev, Keys: -1}
		}
		list := []etcdsource.Backup{file("Incr-00000011-00000020-2.gz", "gardener-delta", 20), file("Full-00000000-00000010-1", "gardener-full", 10), file("Full-00000000-00000005-0", "gardener-full", 5)}
		p.Files(list, nil)
		if rows := panetest.Rows(t, p, 80, 24); !strings.Contains(rows, "Changes only") || strings.Contains(rows, "plans its restore") {
			t.Errorf("of a delta it says\n%s", rows)
		}
		say := strings.Join(p.Chain(), "\n")
		if !strings.Contains(say, "follows\nmy cluster/v2/Full-00000000-00000010-1\n") || !strings.Contains(say, "snapshot save restored.db --from '"+place+"/my cluster'") {
			t.Errorf("it says\n%s", say)
		}
		p.Files(append(list, file("Full-00000000-00000030-3", "gardener-full", 30)), nil)
		if say := strings.Join(p.Chain(), "\n"); !strings.Contains(say, "Newer full snapshots are there") {
			t.Errorf("of an older chain it says\n%s", say)
		}
		p.Files(list[:1], nil)
		if say := strings.Join(p.Chain(), "\n"); !strings.Contains(say, "is not among the backups") {
			t.Errorf("without a full snapshot it says\n%s", say)
		}
		p.Files(list[1:], nil)
		if p.Chain() != nil {
			t.Error("of a full snapshot it says something")
		}
	}
}

// TestStartsAtTheOpenFile: the cursor is on the file that is open, however it was named, until it is moved; else on the first one.
func TestStartsAtTheOpenFile(t *testing.T) {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	first, second := filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db")
	for open, want := range map[string]string{"b.db": second, "./b.db": second, second: second, "/elsewhere/b.db": first, "": first} {
		p := New(panetest.Style(t), dir, "a file")
		p.Resize(80, 20)
		p.Opened(open, etcdsource.Verdict{})
		p.Files([]etcdsource.Backup{{Path: first}, {Path: second}}, nil)
		if got, _ := p.Current(); got != want {
			t.Errorf("%q is open: the cursor is on %s", open, got)
		}
		p.Do(keymap.First)
		p.Files([]etcdsource.Backup{{Path: first}, {Path: second}}, nil)
		if got, _ := p.Current(); got != first {
			t.Errorf("%q is open: the cursor went to %s", open, got)
		}
	}
	p := New(panetest.Style(t), "s3://bucket/prod", "")
	p.Opened("s3://bucket/prod/b.db", etcdsource.Verdict{})
	p.Files([]etcdsource.Backup{{Path: "s3://bucket/prod/a.db"}, {Path: "s3://bucket/prod/b.db"}}, nil)
	if got, _ := p.Current(); got != "s3://bucket/prod/b.db" {
		t.Errorf("of a bucket the cursor is on %s", got)
	}
}

// TestOpenedFile: what is known of the checksum of the open file is said beside its verdict.
func TestOpenedFile(t *testing.T) {
	p := New(panetest.Style(t), "/b", "a file")
	list := []etcdsource.Backup{{Path: "/b/a.db"}, {Path: "/b/b.db"}}
	p.Opened("/b/./a.db", etcdsource.Verdict{State: etcdsource.Passed, Text: "sha256 matches"})
	p.Files(list, nil)
	if s := panetest.Rows(t, p, 80, 20); strings.Count(s, "unchecked, sha256 matches") != 1 {
		t.Error(s)
	}
	p.Opened("/b/b.db", etcdsource.Verdict{State: etcdsource.Failed, Text: "sha256 does not match"})
	p.Files(list, nil)
	if s := panetest.Rows(t, p, 80, 20); strings.Count(s, "damaged") != 1 || strings.Count(s, "unchecked") != 2 {
		t.Error(s)
	}
}
