package timeline

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
)

func verdict(writer, controller string, c attribution.Confidence) attribution.Verdict {
	return attribution.Verdict{Writer: writer, Controller: controller, Confidence: c, Evidence: "managedFields: " + writer, Lane: attribution.LaneControllers,
		Time: time.Date(2026, 11, 22, 10, 33, 9, 412e6, time.UTC)}
}

func TestWritersStandOnTheRows(t *testing.T) {
	f, state := newFeed(t)
	wrote(f, state, "pods/a", "pods/b", "pods/c")
	f.Attribute(ID{1, 0}, verdict("kubelet", "", attribution.Certain))
	f.Attribute(ID{2, 0}, verdict("kube-controller-manager", "job-controller", attribution.Guess))
	f.Attribute(ID{3, 0}, attribution.Verdict{OutOfBand: "kind is not the key's"})
	f.Resize(140, 8)
	for i, want := range []string{"out of band", "? job-controller", "✓ kubelet"} {
		row := strings.Split(rows(f), "\n")[i]
		if !strings.Contains(row, want) || i > 0 && !strings.Contains(row, "10:33:09.412") {
			t.Errorf("row %d is %q, want %q", i, row, want)
		}
	}
}

// TestFilter: words are looked for in keys, by:NAME among writers; what is not judged yet waits.
func TestFilter(t *testing.T) {
	f, state := newFeed(t)
	wrote(f, state, "pods/a", "pods/b", "jobs/c", "leases/x")
	f.Attribute(ID{1, 0}, verdict("kubelet", "", attribution.Certain))
	f.Attribute(ID{2, 0}, verdict("kube-controller-manager", "job-controller", attribution.Certain))
	f.Attribute(ID{3, 0}, attribution.Verdict{})
	f.SetJudged(3)
	for filter, want := range map[string]string{"pods": "ba", "!pods": "xc", "by:kubelet": "a", "by:job": "b", "by:unknown": "c", `by:"not known"`: "c", `!by:"Not known"`: "ba", "!by:kubelet": "cb", "pods by:kube": "ba", "pods !by:kubelet": "b", "by:": "xcba", "type:updated,created pods": "ba", "is:noise": "", "aspect:spec": "", "": "xcba"} {
		f.Filter(filter)
		got := ""
		for i := 0; ; i++ {
			_, it, _ := f.item(i)
			if it == nil {
				break
			}
			got += string(it.Event.Key[len(it.Event.Key)-1:])
		}
		if got != want {
			t.Errorf("%q shows %q, want %q", filter, got, want)
		}
	}
	f.Filter("by:kubelet")
	f.Attribute(ID{4, 0}, verdict("kubelet", "", attribution.Certain))
	if f.SetJudged(4); f.end() != 2 {
		t.Errorf("%d rows when the newest was judged", f.end())
	}
	if f.Filter("nothing"); !strings.Contains(rows(f), "No change since revision 1 matches nothing; A recalls older ones.") {
		t.Error(rows(f))
	}
	if f.Filter(Gone); !strings.Contains(rows(f), "No deletion since revision 1, Events and Leases aside; A recalls older ones.") {
		t.Error(rows(f))
	}
}

// TestStep: each step takes one write, noise passed over; back gives it back.
func TestStep(t *testing.T) {
	f, state := newFeed(t)
	f.Resize(100, 12)
	wrote(f, state, "pods/a")
	f.Do(keymap.Follow)
	if _, ok := f.Step(+1); ok {
		t.Error("nothing was written, and it is taken")
	}
	wrote(f, state, "pods/b", "leases/x", "leases/y", "pods/c")
	f.Attribute(ID{2, 0}, verdict("kubelet", "", attribution.Certain))
	f.Described(ID{2, 0}, "Ready True")
	if s := rows(f); strings.Contains(s, "pods/b") {
		t.Errorf("a paused feed moved:\n%s", s)
	}
	step := func(dir int, want string) {
		t.Helper()
		e, ok := f.Step(dir)
		if !ok || string(e.Key) != "/registry/"+want || f.Current() == nil || string(f.Current().Key) != string(e.Key) {
			t.Fatalf("step %d took %v, %v; want %s:\n%s", dir, e, ok, want, rows(f))
		}
	}
	step(+1, "pods/b")
	if s := f.Taken(); s != "kubelet changed pods/b: Ready True, asked the API server, and etcd stored it as revision 2 at 10:33:09.412. Certain: managedFields: kubelet." {
		t.Errorf("it says %q", s)
	}
	if s := strings.ReplaceAll(rows(f), "\n  ", " "); !strings.Contains(s, f.Taken()) {
		t.Errorf("the sentence is not shown:\n%s", s)
	}
	step(+1, "pods/c")
	if s := f.Taken(); !strings.HasPrefix(s, "Somebody changed pods/c") {
		t.Errorf("it says %q", s)
	}
	f.Say("the story's own words")
	if f.Taken() != "the story's own words" {
		t.Errorf("it says %q", f.Taken())
	}
	step(-1, "leases/y")
	step(-1, "pods/b")
	wrote(f, state, "leases/z")
	step(+1, "pods/c")
	step(+1, "leases/z")
	f.Do(keymap.Follow)
	if f.Taken() != "" {
		t.Error("a feed that follows still speaks")
	}
}

func TestBusiest(t *testing.T) {
	f, state := newFeed(t)
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	kubelet, job := verdict("kubelet", "", attribution.Certain), verdict("kube-controller-manager", "job-controller", attribution.Certain)
	for i := range 10 {
		f.Wrote(&kubelet, now.Add(time.Duration(i/2)*time.Second))
	}
	f.Wrote(&job, now)
	f.Wrote(&attribution.Verdict{}, now)
	f.style.Now = now.Add(5 * time.Second)
	wrote(f, state, "pods/a", "pods/b", "pods/a")
	f.Resize(100, 20)
	f.Beat(f.style.Now)
	if got := f.Title().Right; !strings.HasPrefix(got, "kubelet 2.0/s  job-controller 0.2/s") {
		t.Errorf("the title says %q", got)
	}
	if s := rows(f); !strings.Contains(s, "pods/a 2   pods/b 1") {
		t.Errorf("the hottest keys are missing:\n%s", s)
	}
}

func TestVerdictsAreBounded(t *testing.T) {
	f, _ := newFeed(t)
	for i := range int64(2 * maxVerdicts) {
		f.Attribute(ID{i, 0}, attribution.Verdict{Writer: "w"})
	}
	if _, ok := f.Verdict(ID{2*maxVerdicts - 1, 0}); !ok || len(f.who) > maxVerdicts || len(f.ids) != len(f.who) {
		t.Errorf("%d verdicts are kept, %d are numbered", len(f.who), len(f.ids))
	}
	for i := range 3 * maxRates {
		v := attribution.Verdict{Writer: fmt.Sprint(i)}
		f.Wrote(&v, time.Now())
	}
	if len(f.rates) > maxRates {
		t.Errorf("%d rates", len(f.rates))
	}
}

// TestNotBefore: a time before or after which a change was not made is marked as in the log, others are not; a change that nothing dates
// was made when it came or before.
func TestNotBefore(t *testing.T) {
	f, _ := feed(t, etcdsource.KindFile, 5, 6, 7, 8, 9)
	at := time.Date(2026, 1, 2, 10, 2, 3, 0, time.UTC)
	f.Attribute(ID{5, 0}, attribution.Verdict{Time: at, TimeFrom: clock.Bound.String()})
	f.Attribute(ID{6, 0}, attribution.Verdict{Time: at, TimeFrom: clock.Request.String()})
	f.Attribute(ID{7, 0}, attribution.Verdict{Time: at, Hi: at, Received: true})
	f.Attribute(ID{8, 0}, attribution.Verdict{Time: at, Lo: at.Add(-time.Second), Hi: at, Received: true})
	f.Came(func(rev int64, v attribution.Verdict) attribution.Verdict {
		if rev != 9 {
			t.Errorf("%d is dated", rev)
		}
		v.Time, v.Hi, v.Received = at.Add(time.Minute), at.Add(time.Minute), true
		return v
	})
	f.Resize(140, 20)
	if s := rows(f); strings.Count(s, "≥10:02:03.000") != 1 || strings.Count(s, "≤10:02:03     ") != 1 || strings.Count(s, " 10:02:03.000") != 2 || strings.Count(s, "≤10:03:03     ") != 1 {
		t.Errorf("the feed says\n%s", s)
	}
}

// TestGradesRise: what a change's own versions say is shown until more is known; a grade rises, and falls only where a person is
// named then.
func TestGradesRise(t *testing.T) {
	f, state := newFeed(t)
	wrote(f, state, "pods/a", "pods/b")
	id := ID{1, 0}
	for _, c := range []struct {
		suggest bool
		v       attribution.Verdict
		want    string
	}{
		{true, attribution.Verdict{OutOfBand: "no uid"}, ""},
		{true, verdict("one", "", attribution.Guess), "one"},
		{true, verdict("two", "", attribution.Guess), "one"},
		{true, verdict("three", "", attribution.Likely), "three"},
		{false, verdict("four", "", attribution.Guess), "three"},
		{false, verdict("five", "", attribution.Likely), "five"},
		{true, verdict("six", "", attribution.Likely), "five"},
		{false, verdict("seven", "", attribution.Certain), "seven"},
		{false, attribution.Verdict{}, "seven"},
		{false, attribution.Verdict{Writer: "eight", User: "alice", Confidence: attribution.Likely}, "eight"},
		{false, attribution.Verdict{OutOfBand: "no uid"}, ""},
	} {
		if c.suggest {
			f.Suggest(id, c.v)
		} else {
			f.Attribute(id, c.v)
		}
		if v, _ := f.Verdict(id); v.Writer != c.want {
			t.Errorf("%+v, suggested %v: %q is shown, want %q", c.v, c.suggest, v.Writer, c.want)
		}
	}
}

// TestRowsAreAligned: the columns of a row are where they are, whatever is known of it.
func TestRowsAreAligned(t *testing.T) {
	for _, w := range []int{40, 60, 80, 100, 130, 200} {
		f, state := newFeed(t)
		wrote(f, state, "pods/a", "pods/b", "pods/c")
		f.Resize(w, 6)
		before := strings.Index(rows(f), "~ pods/a")
		f.Attribute(ID{1, 0}, verdict("kubelet", "", attribution.Certain))
		f.Attribute(ID{2, 0}, attribution.Verdict{OutOfBand: "no uid"})
		f.Attribute(ID{3, 0}, verdict("a-very-long-name-of-a-manager-that-nobody-reads", "x", attribution.Guess))
		at := map[int]bool{}
		for _, l := range strings.Split(rows(f), "\n") {
			at[len([]rune(l[:strings.Index(l, "~ pods/")]))] = true
		}
		if len(at) != 1 || before < 0 {
			t.Errorf("at %d columns the objects are not in one column:\n%s", w, rows(f))
		}
	}
}

// TestDeletedAreRead: in a list of deletions time, writer and the whole name are read, on 80 columns too.
func TestDeletedAreRead(t *testing.T) {
	f, state := newFeed(t)
	wrote(f, state, "pods/team-a/hungry-686fb56549-h5nc6")
	state.Apply(etcdsource.Batch{Revision: 2, Events: []etcdsource.Event{{Key: []byte("/registry/pods/team-a/hungry-686fb56549-h5nc6"), Mod: 2, Type: etcdsource.Deleted}}}, time.Time{})
	f.Attribute(ID{2, 0}, verdict("kubelet", "", attribution.Certain))
	f.Described(ID{2, 0}, "deleted")
	f.Resize(80, 8)
	f.Filter("is:gone")
	if got := rows(f); !strings.Contains(got, "10:33:09 ✓ kubelet          − pods/team-a/hungry-686fb56549-h5nc6") || !strings.Contains(got, " deleted") {
		t.Errorf("the row is\n%s", got)
	}
}
