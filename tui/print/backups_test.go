package print

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// listed runs snapshot list on a folder /b of these.
func listed(t *testing.T, list []etcdsource.Backup, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	funcs := Funcs{List: func(_ context.Context, dir string) ([]etcdsource.Backup, error) {
		if dir != "/b" {
			return nil, &etcdsource.Problem{Tried: "list the backups in " + dir, Why: "no such file or directory"}
		}
		return list, nil
	}}
	code = Execute(t.Context(), append([]string{"snapshot", "list"}, args...), strings.NewReader(""), &out, &errs, funcs)
	return out.String(), errs.String(), code
}

func backups() []etcdsource.Backup {
	now := time.Now()
	return []etcdsource.Backup{
		{Path: "/b/x\x1b[2J.db", Format: "etcd", Bytes: 5, Keys: -1, Time: now.Add(-3 * time.Hour), Verdict: etcdsource.BackupDamaged, Problem: "cut\x1b[31m short"},
		{Path: "/b/new.db.gz", Format: "etcd", Bytes: 5000, Keys: -1, Time: now.Add(-4 * time.Hour)},
		{Path: "/b/c/good.db", Format: "kops", Name: "prod", Cluster: "0123456789", Revision: 42, Bytes: 2_000_000, Keys: 0, Time: now.Add(-5 * time.Hour), TimeFrom: "backup", Verdict: etcdsource.BackupVerified, Checked: now, SHA256: "ab"},
		{Path: "/b/copy", Format: "data-dir", Cluster: "0123456789", Revision: 43, Bytes: 7, Keys: 9, Time: now.Add(-72 * time.Hour), Verdict: etcdsource.BackupReadable},
		{Path: "/b/notes.txt", Foreign: true, Problem: "it is text", Keys: -1},
	}
}

// TestBackupsText: a row a backup with the same columns, and what is no backup on stderr.
func TestBackupsText(t *testing.T) {
	t.Parallel()
	stdout, stderr, code := listed(t, backups(), "/b")
	want := []string{
		"NAME FORMAT CLUSTER REVISION KEYS SIZE AGE VERDICT",
		"x␛[2J.db etcd - - - 5 B 3h damaged: cut␛[31m short",
		"new.db.gz etcd - - - 4.9 KiB 4h unchecked",
		"c/good.db kops prod 42 0 1.91 MiB 5h verified",
		"copy data-dir 01234567 43 9 7 B 3d readable, not verifiable",
	}
	lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	for i, l := range lines {
		if got := strings.Join(strings.Fields(l), " "); i >= len(want) || got != want[i] {
			t.Errorf("line %d is %q", i, got)
		}
	}
	if code != 0 || len(lines) != len(want) || stderr != "etcdscope: notes.txt: not listed: it is text\n" {
		t.Errorf("%d, %d lines, %q", code, len(lines), stderr)
	}
}

// TestBackupsJSON: a line a backup; what is not known is left out, and no keys are 0.
func TestBackupsJSON(t *testing.T) {
	t.Parallel()
	stdout, _, code := listed(t, backups(), "/b", "-o", "json")
	list := objects(t, stdout)
	if code != 0 || len(list) != 4 {
		t.Fatalf("%d: %s", code, stdout)
	}
	for _, field := range []string{"cluster", "revision", "keys", "checked", "sha256", "problem"} {
		if v, there := list[1][field]; there {
			t.Errorf("%s is %v", field, v)
		}
	}
	g := list[2]
	if g["path"] != "/b/c/good.db" || g["format"] != "kops" || g["cluster"] != "prod" || fmt.Sprint(g["revision"]) != "42" || fmt.Sprint(g["keys"]) != "0" || g["verdict"] != "verified" || g["clusterUID"] != "0123456789" {
		t.Errorf("%v", g)
	}
	if at, err := time.Parse(time.RFC3339, g["time"].(string)); err != nil || time.Since(at) < 4*time.Hour {
		t.Errorf("%v, %v", g["time"], err)
	}
	if list[1]["verdict"] != "unchecked" || list[3]["cluster"] != "0123456789" {
		t.Errorf("%v", list)
	}
}

// TestBackupsMaxAge: only a verified backup counts, and one of the future does not.
func TestBackupsMaxAge(t *testing.T) {
	t.Parallel()
	future := []etcdsource.Backup{{Path: "/b/f", Keys: -1, Time: time.Now().Add(time.Hour), Verdict: etcdsource.BackupVerified}}
	delta := []etcdsource.Backup{
		{Path: "/b/Incr", Format: "gardener-delta", Keys: -1, Time: time.Now().Add(-time.Hour), Verdict: etcdsource.BackupVerified},
		{Path: "/b/Incr2", Format: "gardener-delta", Keys: -1, Time: time.Now().Add(-2 * time.Hour)},
		{Path: "/b/Full", Format: "gardener-full", Keys: -1, Time: time.Now().Add(-30 * time.Hour), Verdict: etcdsource.BackupVerified},
	}
	for _, c := range []struct {
		list []etcdsource.Backup
		age  string
		code int
		says string
	}{
		{backups(), "6h", 0, ""},
		{backups(), "1d", 0, ""},
		{backups(), "4h30m", exitNo, "no verified backup in /b is younger than 4h30m: the newest, /b/c/good.db, is 5h old; check a newer one: etcdscope snapshot verify /b/new.db.gz"},
		{backups(), "2h", exitNo, "is 5h old"},
		{backups()[:2], "1d", exitNo, "none is verified; check a newer one: etcdscope snapshot verify /b/new.db.gz"},
		{delta, "26h", exitNo, "the newest, /b/Full, is 30h old\n"},
		{delta, "31h", 0, ""},
		{delta[:2], "26h", exitNo, "none is verified\n"},
		{nil, "1d", exitNo, "there are no backups in /b"},
		{future, "1d", exitNo, "none is verified"},
		{backups(), "soon", exitUsage, "it is no duration"},
		{backups(), "0h", exitUsage, "it is no duration"},
		{backups(), "15:04", exitUsage, "it is no duration"},
	} {
		if _, stderr, code := listed(t, c.list, "/b", "--max-age", c.age); code != c.code || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: %d, %s", c.age, code, stderr)
		}
	}
	if _, stderr, code := listed(t, nil, "/missing"); code != exitSource || !strings.Contains(stderr, "list the backups in /missing") {
		t.Errorf("%d, %s", code, stderr)
	}
}

// TestManyForeignFiles: a folder full of other files does not fill the screen.
func TestManyForeignFiles(t *testing.T) {
	t.Parallel()
	list := backups()[:1]
	for range 100 {
		list = append(list, etcdsource.Backup{Path: "/b/n", Foreign: true, Problem: "it is text"})
	}
	if _, stderr, _ := listed(t, list, "/b"); strings.Count(stderr, "\n") != maxForeign+1 || !strings.Contains(stderr, "80 more are not listed") {
		t.Error(stderr)
	}
}

// TestOtherClusterChosen: where no backup is of the cluster that was chosen, the clusters are named whose backups are there.
func TestOtherClusterChosen(t *testing.T) {
	t.Parallel()
	_, stderr, _ := listed(t, backups(), "/b", "--cluster", "WRONG")
	if !strings.Contains(stderr, "there are no backups of cluster WRONG in /b; it has backups of prod, 0123456789\n") || strings.Contains(stderr, "notes.txt,") {
		t.Errorf("%q", stderr)
	}
	var many []etcdsource.Backup
	for n := range 12 {
		many = append(many, etcdsource.Backup{Path: "/b/x", Cluster: fmt.Sprintf("uid-%d", n)}, etcdsource.Backup{Path: "/b/y", Cluster: fmt.Sprintf("uid-%d", n)})
	}
	if got := clustersIn(many, "WRONG"); !strings.HasSuffix(got, "uid-9 and 2 more clusters") {
		t.Errorf("%q", got)
	}
	if got := clustersIn(many, ""); got != "" {
		t.Errorf("%q", got)
	}
}

// TestAgesOfBackups: the age of a backup says where it may be younger, and where the file alone says it.
func TestAgesOfBackups(t *testing.T) {
	t.Parallel()
	list := backups()[:1]
	list[0].Foreign, list[0].Time = false, time.Now().Add(-3*24*time.Hour)
	for from, want := range map[string]string{"backup": "   3d   ", "content": "   3d   ", etcdsource.BackupWritten: "   ≤3d   ", etcdsource.BackupModified: "   3d (file)   "} {
		list[0].TimeFrom = from
		if stdout, _, _ := listed(t, list, "/b"); !strings.Contains(stdout, want) {
			t.Errorf("%s: %s", from, stdout)
		}
	}
	list[0].TimeFrom = etcdsource.BackupWritten
	if stdout, _, _ := listed(t, list, "/b", "--ascii"); !strings.Contains(stdout, "   <=3d   ") {
		t.Errorf("in ASCII: %s", stdout)
	}
}
