package commands_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// restoreLine is a line of what snapshot restore prints: a danger, the plan, a rehearsal, a directory that was made.
type restoreLine struct {
	Kind, Starts                     string
	Stop, Rehearsed, Equal, Restored bool
	Keys, Revision                   int64
}

// restoreCommand runs snapshot restore, and returns its lines but for the steps.
func restoreCommand(t *testing.T, args ...string) (lines []restoreLine, code int) {
	t.Helper()
	out, errs, code := execute(t, append([]string{"snapshot", "restore", "-o", "json"}, args...)...)
	for text := range strings.Lines(out) {
		var l restoreLine
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%v in %s%s", err, text, errs)
		}
		lines = append(lines, l)
	}
	if errs != "" {
		t.Logf("it says %s", errs)
	}
	return lines, code
}

// TestRestored loses all members of a cluster, restores snapshots of every version into their data directories as the plan
// says, and starts them: they serve every key of the file. What the plan refuses as too new is refused by etcd too: by
// 3.6, as 3.5 does not look.
func TestRestored(t *testing.T) {
	for _, n := range []int{1, 3} {
		members := etcdtest.Members(t, n, *etcdProgram)
		version, cluster := ofMembers(t, members[0])
		for _, m := range members {
			m.Stop()
		}
		for _, written := range etcdtest.Versions {
			file := etcdtest.Snapshot(t, written)
			lines, code := restoreCommand(t, file, "--etcd-version", version, "--initial-cluster", cluster)
			stopped := len(lines) > 0 && lines[0].Kind == "version" && lines[0].Stop
			if fits := written <= version; stopped == fits || (code == 0) != fits {
				t.Fatalf("a snapshot of %s for etcd %s: exit %d, %+v", written, version, code, lines)
			}
			revision := restoreAll(t, members, file, version, cluster)
			for _, m := range members {
				m.Start()
			}
			if stopped && version == "3.6" {
				if said := members[0].Refuses(); !strings.Contains(said, "not supported") && !strings.Contains(said, "downgrade") {
					t.Errorf("etcd 3.6 ended on a snapshot of %s for another reason: %s", written, said)
				}
			} else {
				for _, m := range members {
					m.Ready()
					servesFile(t, m, file, revision)
				}
			}
			for _, m := range members {
				m.Kill()
			}
		}
	}
}

// ofMembers returns the minor version of a member, and the members as --initial-cluster has them.
func ofMembers(t *testing.T, m *etcdtest.Member) (version, cluster string) {
	t.Helper()
	c, ctx := m.Client(), etcdtest.Within(t, time.Minute)
	defer c.Close()
	status, err := c.Status(ctx, m.URL)
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.MemberList(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, x := range list.Members {
		all = append(all, x.Name+"="+x.PeerURLs[0])
	}
	return status.Version[:strings.LastIndexByte(status.Version, '.')], strings.Join(all, ",")
}

// restoreAll makes the data directories of all members, each of which serves revision then.
func restoreAll(t *testing.T, members []*etcdtest.Member, file, version, cluster string) (revision int64) {
	t.Helper()
	for i, m := range members {
		if err := os.RemoveAll(m.Dir); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("m%d", i)
		lines, code := restoreCommand(t, file, "--data-dir", m.Dir, "--no-rehearse", "--name", name, "--initial-cluster", cluster,
			"--initial-cluster-token", "again-"+version, "--etcd-version", version, "--accept", "version")
		last := lines[len(lines)-1]
		if code != 0 || !last.Restored {
			t.Fatalf("exit %d: %+v", code, lines)
		}
		revision = last.Revision
	}
	return revision
}

// servesFile compares every key that a member serves with the file.
func servesFile(t *testing.T, m *etcdtest.Member, file string, revision int64) {
	t.Helper()
	ctx := etcdtest.Within(t, 2*time.Minute)
	c := m.Client()
	defer c.Close()
	got, err := c.Get(ctx, "\x00", clientv3.WithFromKey(), clientv3.WithRev(revision))
	if err != nil {
		t.Fatal(err)
	}
	src, err := snapfile.Open(ctx, file, snapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	span, i := etcdsource.Prefix(""), 0
	span.Values = true
	err = etcdsource.Each(ctx, src, span, 0, func(e etcdsource.Entry) error {
		if i >= len(got.Kvs) || !bytes.Equal(e.Key, got.Kvs[i].Key) || !bytes.Equal(e.Value, got.Kvs[i].Value) || e.Mod != got.Kvs[i].ModRevision {
			t.Fatalf("%s: key %d is not as in the file: %q", file, i, e.Key)
		}
		i++
		return nil
	})
	if err != nil || i != len(got.Kvs) || i == 0 {
		t.Errorf("%d keys of %d: %v", i, len(got.Kvs), err)
	}
}

// TestRehearsedVersions rehearses snapshots of every version with one and three members, in a folder of its own, of which
// nothing is left.
func TestRehearsedVersions(t *testing.T) {
	for _, written := range etcdtest.Versions {
		file := etcdtest.Snapshot(t, written)
		for _, n := range []string{"1", "3"} {
			dir := etcdtest.Dir(t)
			lines, code := restoreCommand(t, file, "--rehearse", "--members", n, "--scratch", dir)
			if code != 0 || len(lines) != 1 || !lines[0].Rehearsed || !lines[0].Equal || lines[0].Keys == 0 {
				t.Errorf("%s with %s: exit %d, %+v", written, n, code, lines)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("%s with %s: %s is left", written, n, left[0].Name())
			}
		}
	}
}
