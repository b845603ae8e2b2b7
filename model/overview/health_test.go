package overview

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/reconcile"
)

// TestCluster: the section begins with the verdict, names every member and what is to be done, and leads to the health.
func TestCluster(t *testing.T) {
	t.Parallel()
	up := etcdsource.Member{ID: 1, Name: "a\x1b", Answered: true, Read: etcdsource.MemberRead{Took: 1}, Status: etcdsource.MemberStatus{Leader: 1}}
	down := etcdsource.Member{ID: 2, Name: "b", ClientURLs: []string{"http://b:2379"}, Fault: "nothing listens there"}
	v := &Overview{Health: health.Judge(health.Input{Probe: etcdsource.Probe{Time: time.Unix(1e9, 0), Members: []etcdsource.Member{up, {ID: 3, Name: "c", Answered: true, Status: etcdsource.MemberStatus{Leader: 1}}, down}}})}
	s := v.health(&View{Most: 10})
	var all []string
	for _, l := range s.Lines {
		if all = append(all, l.Cells[0]); l.To.Screen != "health" {
			t.Errorf("%q leads to %+v", l.Cells[0], l.To)
		}
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{"degraded: 3 members, 2 of them up, quorum 2: losing one more stops writes\n", "members: a␛ (leader), c (follower), b (no answer)", "to do: b does not answer"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
	if s := (&Overview{}).health(&View{}); len(s.Lines) != 0 {
		t.Errorf("nobody was asked: %+v", s)
	}
}

// TestFullIn: the line of the database says when it is full where growth was seen, and nothing where it was not.
func TestFullIn(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	v := &Overview{Info: etcdsource.Info{Spare: true, DBSize: 200 << 20, DBInUse: -1, Quota: 1000 << 20}}
	database := func(sizes []health.Size) (line string) {
		w := &View{Opened: &learn.Opened{Known: &learn.Known{}}, Now: now, Size: func(n int64) string { return strconv.FormatInt(n>>20, 10) + " MiB" }, Sizes: sizes}
		for _, l := range v.source(w).Lines {
			if l.Cells[0] == "database" {
				line = l.Cells[1]
			}
		}
		return line
	}
	if s := database([]health.Size{{Time: now.Add(-24 * time.Hour), Bytes: 100 << 20}}); s != "200 MiB, quota 1000 MiB (20 %); full in about 8 days: it grew 100 MiB in 24h" {
		t.Error(s)
	}
	if s := database(nil); strings.Contains(s, "full in") {
		t.Error(s)
	}
}

// TestOneLineACause: values that cannot be read for the same cause are one line, whatever they are of.
func TestOneLineACause(t *testing.T) {
	t.Parallel()
	status := func(key string, why ...string) reconcile.Status { return reconcile.Status{Key: key, Why: why} }
	v := &Overview{Account: &Account{Unread: 4, Undecodable: 4, Worst: []reconcile.Status{
		status("/registry/secrets/a/1", "2 values of secrets cannot be decrypted", "no key k1"), status("/registry/secrets/a/2", "2 values of secrets cannot be decrypted", "no key k1"),
		status("/registry/configmaps/a/1", "1 value of configmaps cannot be decrypted", "no key k1"), status("/registry/pods/a/1", "1 value of pods is damaged", "cut"),
		status("/registry/pods/a/2", "pending"), status("/registry/pods/a/3", "pending")}}}
	lines := func(most int) (got []string) {
		for _, l := range v.worst(&View{Opened: &learn.Opened{Known: &learn.Known{Root: "/registry/", Kinds: kinds.Builtin()}}, Most: most}) {
			got = append(got, strings.Join(l.Cells, ": "))
		}
		return got
	}
	got := lines(4)
	want := []string{" and 2 more: no key k1", "1 value of pods is damaged; cut", ": pending", ": pending"}
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("%q lacks %q", got[i], want[i])
		}
	}
	v.Account.NotConverged = 1000 // of which two are named
	if got = lines(4); !strings.HasSuffix(got[len(got)-1], "and 998 more") {
		t.Errorf("of those that are not named it says %q", got)
	}
}

// TestFirstToEnd: of all certificates that are known, the members' and this client's, the one that ends first is named.
func TestFirstToEnd(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2026, 12, n, 0, 0, 0, 0, time.UTC) }
	r := &health.Report{Rows: []health.Row{{Member: etcdsource.Member{Name: "m1", Certificates: []etcdsource.Certificate{{Of: "server", NotAfter: day(5)}}}}},
		Own: []etcdsource.Certificate{{Of: "client", File: "/pki/c.crt", NotAfter: day(2)}, {Of: "ca", File: "/pki/ca.crt", NotAfter: day(9)}}}
	if s := firstToEnd(r); s != "the first that ends is the client certificate /pki/c.crt, on 2026-12-02" {
		t.Error(s)
	}
	r.Own = r.Own[1:]
	if s := firstToEnd(r); s != "the first that ends is the server certificate of m1, on 2026-12-05" {
		t.Error(s)
	}
}

// TestBriefBeginsWithTheVerdict: of a live store what may fail is read first, and whole.
func TestBriefBeginsWithTheVerdict(t *testing.T) {
	t.Parallel()
	v := &Overview{Info: etcdsource.Info{Kind: etcdsource.KindLive, Name: "live", Running: true, Spare: true}, Health: &health.Report{Verdict: health.NoQuorum, Sentence: "1 of 3 members can serve"}}
	l := v.Brief(View{Opened: &learn.Opened{Known: &learn.Known{Kinds: kinds.Builtin()}}}, 45, 0).Lines[0]
	if !l.Whole || strings.Join(l.Cells, "|") != "members|no quorum: 1 of 3 members can serve" {
		t.Errorf("%+v", l)
	}
}

// TestBriefSaysWhy: where there is little room, the first fault is directly below the verdict, in full; without a fault the first advice
// is there.
func TestBriefSaysWhy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		report health.Report
		want   []string
	}{
		"wrong":   {health.Report{Verdict: health.Degraded, Sentence: "2 members", Wrong: []string{"m3 was added and has never started", "the server certificate of m1 expires in 2 days"}, Advice: []health.Advice{{Title: "start it"}}}, []string{"|m3 was added and has never started (1 more on the health screen)", "to do|start it (8 has the commands)"}},
		"to do":   {health.Report{Verdict: health.Healthy, Sentence: "3 members", Advice: []health.Advice{{Title: "Certificates are about to expire"}}}, []string{"to do|Certificates are about to expire (8 has the commands)", "live|live"}},
		"nothing": {health.Report{Verdict: health.Healthy, Sentence: "3 members"}, []string{"live|live"}},
	} {
		v := &Overview{Info: etcdsource.Info{Kind: etcdsource.KindLive, Name: "live", Running: true, Spare: true}, Health: &c.report}
		l := v.Brief(View{Opened: &learn.Opened{Known: &learn.Known{Kinds: kinds.Builtin()}}}, 45, 0).Lines[1:]
		for i, want := range c.want {
			if got := strings.Join(l[i].Cells, "|"); got != want || want != "live|live" && (!l[i].Whole || l[i].To.Screen != "health") {
				t.Errorf("%s: %+v", name, l[i])
			}
		}
	}
}

// TestBriefOfALiveStore: how full the database is, and how old the newest backup, are there at 45 columns.
func TestBriefOfALiveStore(t *testing.T) {
	t.Parallel()
	at := time.Unix(1e9, 0)
	v := &Overview{Info: etcdsource.Info{Kind: etcdsource.KindLive, Name: "live", Running: true, Spare: true, DBSize: 8 << 20, DBInUse: 8 << 20, Quota: 16 << 20}}
	w := View{Opened: &learn.Opened{Known: &learn.Known{Kinds: kinds.Builtin()}}, Now: at, Size: func(n int64) string { return fmt.Sprint(n>>20, " MiB") },
		Newest: etcdsource.Backup{Path: "/var/backups/etcd/etcd-20261201-125023.db", Time: at.Add(-3 * time.Hour)}}
	w.Sizes = []health.Size{{Time: at.Add(-time.Hour), Bytes: 7 << 20}}
	got := map[string]string{}
	for _, l := range v.Brief(w, 45, 0).Lines {
		got[l.Cells[0]] = l.Cells[1]
	}
	if got["database"] != "8 MiB of 16 MiB (50 %)" || !strings.HasPrefix(got["backup"], "newest verified, 3h old: /var") {
		t.Errorf("%q", got)
	}
	for _, l := range v.Brief(w, 90, 0).Lines {
		got[l.Cells[0]] = l.Cells[1]
	}
	if got["database"] != "8 MiB of 16 MiB (50 %); full in about 8 hours" {
		t.Errorf("%q", got)
	}
}
