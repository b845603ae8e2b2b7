package print

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// timed is a store whose scheduler renews its lease every two seconds from 03:04:00 on, at the even revisions, and
// whose ConfigMap counts along at the odd ones.
func timed() (ops []sourcetest.Op) {
	for i := range 10 {
		ops = append(ops,
			put("/registry/leases/kube-system/kube-scheduler", "coordination.k8s.io/v1", "Lease", "", fmt.Sprintf(`,"spec":{"holderIdentity":"cp_1","renewTime":"2026-01-02T03:04:%02d.000000Z"}`, 5+2*i)),
			put("/registry/configmaps/demo/c", "v1", "ConfigMap", "", fmt.Sprintf(`,"data":{"n":"%d"}`, i)))
	}
	return ops
}

// TestMoments: times and durations stand for revisions wherever a revision is taken. Revision 20 is the newest lease, at
// 03:04:23; what follows it is dated like it.
func TestMoments(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		want string // in stdout, or in stderr where the code is not 0
	}{
		{"get cm/c -n demo -o json --rev 2026-01-02T03:04:10Z", 0, `"n":"2"`},
		{"get cm/c -n demo -o json --rev 4s", 0, `"n":"6"`},
		{"get cm/c -n demo -o json --rev 2026-01-02T03:00:00Z", 1, "nothing had been written by then"},
		{"ls /registry/configmaps/demo/ -o json --rev 6s", 0, `"modRevision":13`},
		{"diff cm/c 2026-01-02T03:04:10Z 4s -n demo -o json", 1, ""},
		{"log cm/c -n demo -o json --since 4s", 0, `"revision":19`},
		{"get cm/c -n demo --rev yesterday", 2, "a duration (10m) or a time"},
	} {
		stdout, stderr, code := run(t, file(timed(), 0), strings.Fields(c.args)...)
		got := stdout
		if code != 0 && c.want != "" {
			got = stderr
		}
		if code != c.code || !strings.Contains(got, c.want) {
			t.Errorf("%s: exit %d, stdout %q, stderr %q; want %d, %q", c.args, code, stdout, stderr, c.code, c.want)
		}
	}
	// A live store is asked for one lease as it was at some revisions: what was written after a renewal belongs to it.
	for args, want := range map[string]string{"--rev 4s": `"n":"7"`, "--rev 03:04:10": `"n":"2"`} {
		stdout, stderr, code := run(t, running(timed()), strings.Fields("get cm/c -n demo -o json "+args)...)
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("live, %s: exit %d, stdout %q, stderr %q; want %s", args, code, stdout, stderr, want)
		}
	}
	stdout, _, _ := run(t, file(timed(), 0), "log", "-A", "--since", "2026-01-02T03:04:13Z", "--until", "2026-01-02T03:04:16Z", "-o", "json")
	if n := strings.Count(stdout, "\n"); n < 3 || n > 4 || strings.Contains(stdout, `"time":"2026-01-02T03:04:12`) || strings.Contains(stdout, `"time":"2026-01-02T03:04:17`) {
		t.Errorf("the window holds %d lines:\n%s", n, stdout)
	}
	_, stderr, code := run(t, file(timed(), 12), "get", "cm/c", "-n", "demo", "--rev", "20s")
	if code != exitCompacted || !strings.Contains(stderr, "read --rev 20s: what was written until 2026-01-02T03:04:03Z was compacted; the oldest revision that can be read is 12") {
		t.Errorf("a time that was compacted: exit %d, %q", code, stderr)
	}
	_, stderr, code = run(t, file([]sourcetest.Op{sourcetest.Put("a", "1")}, 0), "get", "a", "--rev", "10m")
	if code != 2 || !strings.Contains(stderr, "no lease of a control plane") {
		t.Errorf("a store without leases: exit %d, %q", code, stderr)
	}
}

// TestLogByWriter: changes are chosen by who wrote them.
func TestLogByWriter(t *testing.T) {
	for writer, revs := range map[string]string{"kube-apiserver": "14", "kube-scheduler": "6", "nobody": ""} {
		stdout, _, _ := run(t, file(cluster(), 0), "log", "-A", "-o", "json", "--writer", writer)
		var got []string
		for line := range strings.Lines(stdout) {
			rest, _ := strings.CutPrefix(line, `{"revision":`)
			rev, _, _ := strings.Cut(rest, ",")
			got = append(got, rev)
		}
		if strings.Join(got, " ") != revs {
			t.Errorf("%s wrote %v, want %s", writer, got, revs)
		}
	}
}
