package differences

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/filter"
	"github.com/etcdscope/etcdscope/tui/pane/panetest"
)

// TestView presses what comes while rows arrive: the list is what a plain filter of all rows says, groups add up, and the
// cursor stays on its key where that is still shown.
func TestView(t *testing.T) {
	tb := t
	rapid.Check(t, func(t *rapid.T) {
		p := New(panetest.Style(tb), "/registry/", kinds.Builtin(), func(string) bool { return false })
		p.Resize(100, 20)
		p.Begin("one and two")
		types := []string{"pods", "events", "leases.coordination.k8s.io", "configmaps", ""}
		n := 0
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			before := ""
			if c := p.Current(); c != nil {
				before = c.Key
			}
			switch step := rapid.IntRange(0, 5).Draw(t, "step"); step {
			case 0:
				var rows []Row
				for range rapid.IntRange(1, 20).Draw(t, "rows") {
					n++
					rows = append(rows, Row{Key: fmt.Sprintf("/k/%05d", n), Op: Op(rapid.IntRange(0, 2).Draw(t, "op")),
						Type: rapid.SampledFrom(types).Draw(t, "type"), NS: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "ns"), Name: fmt.Sprint(n)})
				}
				p.Add(rows, int64(n))
			case 1:
				p.Filter(rapid.SampledFrom([]string{"", "pods", "a 1", "nothing"}).Draw(t, "filter"))
			default:
				p.Do([]keymap.Action{keymap.Format, keymap.Noise, keymap.Collapse, keymap.Expand}[step-2])
			}
			check(t, p)
			panetest.Rows(tb, p, 100, 20)
			if c := p.Current(); c != nil && before != "" && !p.grouped && c.Key != before && slices.ContainsFunc(p.shown, func(i int) bool { return p.rows[i].Key == before }) && p.in == nil {
				t.Fatalf("the cursor was on %s, and is on %s", before, c.Key)
			}
		}
	})
}

func check(t *rapid.T, p *Pane) {
	var want []int
	counts := map[group]int{}
	for i := range p.rows {
		r := &p.rows[i]
		text := strings.Join([]string{r.Type, r.NS, r.Name, r.Key}, " ")
		ok := (p.all || r.Op == p.only) && (p.loud || r.Type != "events" && !strings.HasPrefix(r.Type, "leases."))
		for _, w := range strings.Fields(p.filter.String()) {
			ok = ok && strings.Contains(text, w)
		}
		if p.in != nil && !p.grouped {
			ok = ok && r.Type == p.in.typ && r.NS == p.in.ns
		}
		if ok {
			want = append(want, i)
			counts[group{typ: r.Type, ns: r.NS}]++
		}
	}
	if !slices.Equal(want, p.shown) {
		t.Fatalf("shown are %v, want %v", p.shown, want)
	}
	if p.grouped {
		sum := 0
		for i := range p.groups {
			g := &p.groups[i]
			n := g.counts[0] + g.counts[1] + g.counts[2]
			if n != counts[group{typ: g.typ, ns: g.ns}] || n == 0 {
				t.Fatalf("%+v, want %d", *g, counts[group{typ: g.typ, ns: g.ns}])
			}
			sum += n
		}
		if sum != len(want) {
			t.Fatalf("groups count %d of %d rows", sum, len(want))
		}
	}
}

// TestBounds: rows beyond the bound are counted; notes reach their rows.
func TestBounds(t *testing.T) {
	p := New(panetest.Style(t), "/registry/", kinds.Builtin(), func(string) bool { return false })
	p.Resize(120, 20)
	p.Begin("one and two")
	p.Add([]Row{{Key: "/a", Type: "pods", Name: "a", Vague: true}, {Key: "/b", Op: Removed, Type: "pods", Name: "b"}}, 9)
	p.Dropped([3]int{Removed: 5})
	if got := p.Wanted(10); !slices.Equal(got, []string{"/a"}) {
		t.Errorf("wanted are %v", got)
	}
	p.Noted("", map[string]Note{"/a": {What: "replicas 3 → 5"}, "/gone": {What: "nothing"}})
	p.End("")
	if len(p.Wanted(10)) != 0 || p.Rows()[0].What != "replicas 3 → 5" || p.Count(Removed) != 6 {
		t.Errorf("%+v, %d removed", p.Rows(), p.Count(Removed))
	}
	if s := panetest.Rows(t, p, 120, 20); !strings.Contains(s, "the first 2 are listed") || !strings.Contains(s, "− 6 deleted") {
		t.Errorf("the summary is %q", s)
	}
}

// TestFilterWords: all words of the language choose rows; what a word asks about a row's change is asked for, and what does not pass has no row.
func TestFilterWords(t *testing.T) {
	p := New(panetest.Style(t), "/registry/", kinds.Builtin(), func(string) bool { return false })
	at := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	p.Knows(func(_ string, rev int64) (attribution.Verdict, bool) {
		return attribution.Verdict{Writer: map[int64]string{7: "kubelet", 8: "kubectl"}[rev], Time: at.Add(time.Duration(rev-9) * time.Minute), Confidence: attribution.Certain}, rev != 9
	}, func() time.Time { return at })
	p.Resize(80, 20)
	p.Begin("then and now")
	p.Add([]Row{
		{Key: "/registry/deployments/a/web", Type: "deployments.apps", NS: "a", Name: "web", Rev: 7, Vague: true},
		{Key: "/registry/pods/a/one", Op: Added, Type: "pods", NS: "a", Name: "one", Rev: 8, Made: 8},
		{Key: "/registry/pods/b/two", Op: Removed, Type: "pods", NS: "b", Name: "two", Rev: 9},
	}, 3)
	p.End("")
	for s, want := range map[string]string{
		"": "web one two", "by:kubelet": "web", "!by:kubelet": "one two", "by:kubelet,kubectl": "web one", "since:90s": "one", "until:90s": "web", "since:8": "one two", "type:deleted": "two",
		"kind:pods ns:a": "one", "ns:b": "two", "since:12:00": "",
	} {
		p.Filter(s)
		var got []string
		for _, i := range p.shown {
			got = append(got, p.rows[i].Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	p.Filter("ns:a")
	if got := panetest.Rows(t, p, 80, 20); !strings.Contains(got, " + 1 created  − 0 deleted  ~ 1 updated  pass, of 3 differences") {
		t.Errorf("the summary counts what the filter hides:\n%s", got)
	}
	p.Filter("")
	if got := panetest.Rows(t, p, 80, 20); !strings.Contains(got, " + 1 created  − 1 deleted  ~ 1 updated  of 3 keys") {
		t.Errorf("the summary is\n%s", got)
	}
	p.Filter("field:.spec by:kubelet,kubectl")
	if got := p.Wanted(10); len(p.shown) > 0 || !slices.Equal(got, []string{"/registry/deployments/a/web", "/registry/pods/a/one"}) {
		t.Errorf("shown are %v, asked for is %v", p.shown, got)
	}
	p.Noted("another", map[string]Note{"/registry/pods/a/one": {Passes: filter.Yes}})
	p.Noted(p.FilterText(), map[string]Note{"/registry/deployments/a/web": {What: "3 → 5 replicas", Passes: filter.Yes}, "/registry/pods/a/one": {Passes: filter.No}})
	if len(p.Wanted(10)) > 0 || len(p.shown) != 1 {
		t.Errorf("shown are %v, asked for is %v", p.shown, p.Wanted(10))
	}
	if got := panetest.Rows(t, p, 80, 20); !strings.Contains(got, "11:58:00 \u2713 kubelet") || !strings.Contains(got, "deployments/a/web") || !strings.Contains(got, "3 → 5 replicas") {
		t.Errorf("the row lacks time, writer or what changed:\n%s", got)
	}
}

func TestDrawn(t *testing.T) {
	p := New(panetest.Style(t), "/registry/", kinds.Builtin(), func(key string) bool { return key == "/registry/pods/a/web" })
	p.Begin("old.db at 4,000 → prod-eu now")
	p.Add([]Row{
		{Key: "/registry/deployments/a/web", Type: "deployments.apps", NS: "a", Name: "web", Note: "4,101 → 5,200", What: "replicas 3 → 5"},
		{Key: "/registry/events/a/web.1", Op: Added, Type: "events", NS: "a", Name: "web.1"},
		{Key: "/registry/pods/a/web", Op: Removed, Type: "pods", NS: "a", Name: "web-7d4b9c-q9vtz", Note: "last written at 3,950"},
		{Key: "/registry/secrets/b/token", Op: Added, Type: "secrets", NS: "b", Name: "token", Note: "since 4,400"},
	}, 1387)
	for _, s := range panetest.Sizes {
		panetest.Golden(t, fmt.Sprintf("coming-%dx%d", s[0], s[1]), panetest.Rows(t, p, s[0], s[1]))
	}
	p.End("")
	for _, s := range panetest.Sizes {
		panetest.Golden(t, fmt.Sprintf("all-%dx%d", s[0], s[1]), panetest.Rows(t, p, s[0], s[1]))
	}
	panetest.EverySize(t, p)
	p.Do(keymap.Collapse)
	panetest.EverySize(t, p)
	for _, s := range panetest.Sizes {
		panetest.Golden(t, fmt.Sprintf("counted-%dx%d", s[0], s[1]), panetest.Rows(t, p, s[0], s[1]))
	}
}

// TestCreator: a key that was created shows who created it and when, not its last write; where only that is known, the row says so.
func TestCreator(t *testing.T) {
	p := New(panetest.Style(t), "/registry/", kinds.Builtin(), func(string) bool { return false })
	at := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	writers := map[int64]string{3: "argocd", 7: "kubelet"}
	p.Knows(func(_ string, rev int64) (attribution.Verdict, bool) {
		return attribution.Verdict{Writer: writers[rev], Time: at.Add(time.Duration(rev) * time.Minute), Confidence: attribution.Certain}, writers[rev] != ""
	}, func() time.Time { return at.Add(time.Hour) })
	p.Resize(80, 20)
	p.Begin("then and now")
	p.Add([]Row{
		{Key: "/registry/pods/a/known", Op: Added, Type: "pods", NS: "a", Name: "known", Rev: 7, Made: 3, Note: "since 3"},
		{Key: "/registry/pods/a/older", Op: Added, Type: "pods", NS: "a", Name: "older", Rev: 7, Made: 2, Note: "since 2"},
	}, 2)
	p.End("")
	for _, w := range []int{80, 160} {
		rows := strings.Split(panetest.Rows(t, p, w, 20), "\n")
		if got := rows[head]; !strings.Contains(got, "12:03:00") || !strings.Contains(got, "argocd") || strings.Contains(got, "last write") {
			t.Errorf("%d columns: the creation is not shown:\n%s", w, got)
		}
		if got := rows[head+1]; !strings.Contains(got, "12:07:00") || !strings.Contains(got, "kubelet") || !strings.Contains(got, "last write") {
			t.Errorf("%d columns: the last write is not called so:\n%s", w, got)
		}
	}
	for s, want := range map[string]int{"by:argocd": 1, "since:3": 1, "until:2": 1, "since:4": 0} {
		if p.Filter(s); len(p.shown) != want {
			t.Errorf("%s: %d rows, want %d", s, len(p.shown), want)
		}
	}
}

// TestWhyItEnded: why a comparison has found nothing is read as a whole where there are no rows.
func TestWhyItEnded(t *testing.T) {
	p := New(panetest.Style(t), "/registry/", kinds.Builtin(), func(string) bool { return false })
	p.Begin("one and two")
	p.End(strings.Repeat("reason ", 20) + "END")
	for _, w := range []int{40, 80, 160} {
		if got := panetest.Rows(t, p, w, 12); !strings.Contains(got, "END") || strings.Contains(got, "…") {
			t.Errorf("%d columns:\n%s", w, got)
		}
	}
}

// TestNoiseAskedFor: is:noise shows what is folded elsewhere; where a filter leaves only noise, the hint names the key that shows it.
func TestNoiseAskedFor(t *testing.T) {
	p := New(panetest.Style(t), "/registry/", kinds.Builtin(), func(string) bool { return false })
	p.Resize(80, 20)
	p.Begin("then and now")
	p.Add([]Row{
		{Key: "/registry/events/a/web.1", Op: Added, Type: "events", NS: "a", Name: "web.1", Rev: 8, Made: 8},
		{Key: "/registry/pods/a/one", Op: Added, Type: "pods", NS: "a", Name: "one", Rev: 7, Made: 7},
	}, 2)
	p.End("")
	for s, want := range map[string]string{"is:noise": "web.1", "since:8": "Only Events and Leases differ: i shows them.", "since:9": "esc takes the filter back", "!is:noise since:8": "No difference so far"} {
		p.Filter(s)
		if got := panetest.Rows(t, p, 80, 20); !strings.Contains(got, want) || s != "is:noise" && strings.Contains(got, "web.1") {
			t.Errorf("%s:\n%s", s, got)
		}
	}
	p.Filter("since:8")
	p.Do(keymap.Noise)
	if got := panetest.Rows(t, p, 80, 20); !strings.Contains(got, "web.1") {
		t.Errorf("i:\n%s", got)
	}
}
