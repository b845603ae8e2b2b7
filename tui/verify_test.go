package tui

import (
	"context"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/verify"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// verified is a report of a backup, handed out check by check.
func verified(each func(verify.Check)) *verify.Report {
	c := verify.Check{Check: etcdsource.Check{Name: "checksum", State: etcdsource.Passed, Proves: "it is as it was saved"}}
	each(c)
	return &verify.Report{Verdict: etcdsource.BackupVerified, Checks: []verify.Check{c}, Revision: 42, Keys: 7}
}

// TestVerifyNewest: one key says from anywhere whether the newest backup is good; another one verifies that under the cursor.
func TestVerifyNewest(t *testing.T) {
	t.Parallel()
	m := program(t, map[string]*tuitest.Memory{"": shop()})
	m.deps.List = func(_ context.Context, dir string) ([]etcdsource.Backup, error) {
		if dir != "/b" {
			return nil, nil
		}
		return []etcdsource.Backup{{Path: "/b/new.db", Format: "k3s", Keys: -1}, {Path: "/b/old.db", Format: "etcd", Keys: -1}}, nil
	}
	var asked []string
	m.deps.Verify = func(_ context.Context, path string, each func(verify.Check), report func(string, int64, int64)) (*verify.Report, error) {
		asked = append(asked, path)
		report("reading values", 1, 2)
		return verified(each), nil
	}
	d := drive(t, m, 100, 30)
	d.See("▸ configmaps")
	d.Press("V")
	d.See("There is no backup to verify")
	d.Command("snapshots /b")
	d.See("old.db")
	d.Press("1")
	d.Press("V")
	d.See("new.db is verified")
	d.See("It can be relied on")
	d.See("it is as it was saved")
	d.Press("down")
	d.See("v verifies it")
	d.Press("v")
	d.See("old.db is verified")
	if got := strings.Join(asked, " "); got != "/b/new.db /b/old.db" {
		t.Errorf("verified were %s", got)
	}
}

// TestBackupDoesNotOpen: where a backup cannot be opened or compared, the list of them stays.
func TestBackupDoesNotOpen(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"o", "c"} {
		d := drive(t, program(t, map[string]*tuitest.Memory{"": shop()}), 100, 30)
		d.See("▸ configmaps")
		d.Press("4")
		d.See("old.db")
		d.Press(key)
		d.See("it does not exist")
		d.See("─ Snapshots")
	}
}

// TestVerifyIsCancelled: esc ends a verification, and while one runs no other begins.
func TestVerifyIsCancelled(t *testing.T) {
	t.Parallel()
	m := program(t, map[string]*tuitest.Memory{"": shop()})
	begun := 0
	m.deps.Verify = func(ctx context.Context, _ string, _ func(verify.Check), _ func(string, int64, int64)) (*verify.Report, error) {
		begun++
		<-ctx.Done()
		return nil, ctx.Err()
	}
	d := drive(t, m, 100, 30)
	d.See("▸ configmaps")
	d.Press("4")
	d.See("old.db")
	d.Press("v")
	d.See("esc cancels")
	d.Press("v")
	d.See("Something is being saved or verified already")
	d.Press("esc")
	d.See("The verification was cancelled.")
	d.Gone("esc cancels")
	if begun != 1 {
		t.Errorf("%d verifications were begun", begun)
	}
}
