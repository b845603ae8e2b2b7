package print

import (
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/family"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/learn"
)

// TestWanted: a key is one of those that were named if it is it, lies below it, or below a prefix; of an object that was
// named with its type, nothing lies below it.
func TestWanted(t *testing.T) {
	t.Parallel()
	const pod = "/registry/pods/demo/web"
	for _, c := range []struct {
		name    string
		targets []kinds.Target
		family  map[string]family.Relation
		key     string
		want    bool
	}{
		{"the key", []kinds.Target{{Key: []byte(pod)}}, nil, pod, true},
		{"another key", []kinds.Target{{Key: []byte(pod)}}, nil, "/registry/pods/demo/db", false},
		{"a key that begins like it", []kinds.Target{{Key: []byte(pod)}}, nil, pod + "-1", false},
		{"what lies below it", []kinds.Target{{Key: []byte(pod)}}, nil, pod + "/status", true},
		{"what lies below an object", []kinds.Target{{Key: []byte(pod), Typed: true}}, nil, pod + "/status", false},
		{"the object", []kinds.Target{{Key: []byte(pod), Typed: true}}, nil, pod, true},
		{"its folder", []kinds.Target{{Key: []byte(pod)}}, nil, "/registry/pods/demo/", false},
		{"below a prefix", []kinds.Target{{Prefix: "/registry/pods/"}}, nil, pod, true},
		{"beside a prefix", []kinds.Target{{Prefix: "/registry/pods/"}}, nil, "/registry/secrets/demo/s", false},
		{"a key that may be a folder", []kinds.Target{{Key: []byte("/registry/pods"), Prefix: "/registry/pods/"}}, nil, pod, true},
		{"one of several", []kinds.Target{{Prefix: "/registry/secrets/"}, {Key: []byte(pod)}}, nil, pod, true},
		{"one of the family", []kinds.Target{{Key: []byte(pod)}}, map[string]family.Relation{"/registry/events/demo/e": family.Event}, "/registry/events/demo/e", true},
		{"none of the family", []kinds.Target{{Key: []byte(pod)}}, map[string]family.Relation{"/registry/events/demo/e": family.Event}, "/registry/events/demo/f", false},
	} {
		l := logger{targets: c.targets, traced: traced{family: c.family}}
		if got := l.wanted([]byte(c.key)); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestCommon: the longest beginning that all targets share is what is read; that of one is the whole of it.
func TestCommon(t *testing.T) {
	t.Parallel()
	key := func(s string) kinds.Target { return kinds.Target{Key: []byte(s)} }
	below := func(s string) kinds.Target { return kinds.Target{Prefix: s} }
	for _, c := range []struct {
		targets []kinds.Target
		want    string
	}{
		{[]kinds.Target{key("/registry/pods/demo/web")}, "/registry/pods/demo/web"},
		{[]kinds.Target{below("/registry/pods/"), below("/registry/secrets/")}, "/registry/"},
		{[]kinds.Target{below("/registry/pods/a/"), key("/registry/pods/b/web")}, "/registry/pods/"},
		{[]kinds.Target{below("/registry/pods/"), below("/registry/pods/a/")}, "/registry/pods/"},
		{[]kinds.Target{key("a"), key("b")}, ""},
	} {
		if got := targets(c.targets).common(); got != c.want {
			t.Errorf("%v: %q, want %q", c.targets, got, c.want)
		}
	}
}

// TestPasses: a change is printed if each filter that was given lets it through; bounds are taken in.
func TestPasses(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	opened := &store{Opened: &learn.Opened{Known: &learn.Known{Root: "/registry/"}}}
	a := attribution.Attributed{Change: change.Change{Event: etcdsource.Event{Mod: 7, Type: etcdsource.Updated}, Aspect: change.AspectSpec},
		Verdict: attribution.Verdict{Writer: "kubectl-edit", User: "alice", Time: noon, Confidence: attribution.Certain}}
	for _, c := range []struct {
		name string
		l    logger
		want bool
	}{
		{"no filter", logger{}, true},
		{"from its revision", logger{logRange: logRange{from: 7}}, true},
		{"from the next", logger{logRange: logRange{from: 8}}, false},
		{"up to its revision", logger{logRange: logRange{to: 7}}, true},
		{"up to the one before", logger{logRange: logRange{to: 6}}, false},
		{"since its time", logger{logRange: logRange{after: noon}}, true},
		{"since later", logger{logRange: logRange{after: noon.Add(1)}}, false},
		{"until its time", logger{logRange: logRange{before: noon}}, true},
		{"until earlier", logger{logRange: logRange{before: noon.Add(-1)}}, false},
		{"its user", logger{logFlags: logFlags{writtenBy: []string{"bob", "alice"}}}, true},
		{"its manager", logger{logFlags: logFlags{writtenBy: []string{"kubectl-edit"}}}, true},
		{"a part of its manager", logger{logFlags: logFlags{writtenBy: []string{"kubectl"}}}, true},
		{"another writer", logger{logFlags: logFlags{writtenBy: []string{"bob"}}}, false},
		{"unknown writers", logger{logFlags: logFlags{writtenBy: []string{"unknown"}}}, false},
		{"its type", logger{logFlags: logFlags{types: []string{"deleted", "updated"}}}, true},
		{"another type", logger{logFlags: logFlags{types: []string{"created"}}}, false},
		{"its aspect", logger{logFlags: logFlags{aspects: []string{change.AspectSpec}}}, true},
		{"another aspect", logger{logFlags: logFlags{aspects: []string{change.AspectStatus}}}, false},
		{"without noise", logger{logFlags: logFlags{quiet: true}}, true},
		{"all but one filter", logger{logFlags: logFlags{quiet: true, writtenBy: []string{"alice"}, types: []string{"created"}}}, false},
	} {
		c.l.s = opened
		if got := c.l.passes(&a); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	b := a
	b.Key = []byte("/registry/events/demo/web.1")
	if l := (&logger{s: opened, logFlags: logFlags{quiet: true}}); l.passes(&b) {
		t.Error("an Event is printed without noise")
	}
	for _, aspect := range []string{change.AspectHeartbeat, change.AspectNone} {
		b := a
		b.Aspect = aspect
		if l := (&logger{s: opened, logFlags: logFlags{quiet: true}}); l.passes(&b) {
			t.Errorf("%s is printed without noise", aspect)
		}
	}
}

// TestReadMoment: a number is a revision, all else a time; what is neither is a wrong use.
func TestReadMoment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		rev   int64
		timed bool
		fails bool
	}{
		{"", 0, false, false}, {"1", 1, false, false}, {"48112904", 48112904, false, false}, {"10m", 0, true, false}, {"2026-01-02T15:04:05Z", 0, true, false},
		{"15:04", 0, true, false}, {"yesterday", 0, false, true}, {"-5", 0, false, true}, {"1.5", 0, false, true}, {"99999999999999999999", 0, false, true},
	} {
		m, err := readMoment("--since", c.text)
		if (err != nil) != c.fails || err == nil && (m.rev != c.rev || m.timed() != c.timed) {
			t.Errorf("%q is revision %d, a time: %v; %v", c.text, m.rev, m.timed(), err)
		}
	}
}

// TestReadUpTo: some more is read than is printed, as what follows a change is evidence, but no more than there is.
func TestReadUpTo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ to, head, want int64 }{{0, 5000, 0}, {10, 5000, 10 + evidenceAfter}, {4900, 5000, 5000}, {5000, 5000, 5000}} {
		l := logger{logRange: logRange{to: c.to}, s: &store{Opened: &learn.Opened{Known: &learn.Known{Info: etcdsource.Info{Revision: c.head}}}}}
		if got := l.readUpTo(); got != c.want {
			t.Errorf("up to %d of %d: %d, want %d", c.to, c.head, got, c.want)
		}
	}
}

// TestLogNothingPasses: a log of which nothing passes says that on stderr.
func TestLogNothingPasses(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"--filter by:xyzzy", "--type deleted --filter kind:nodes"} {
		if stdout, stderr, code := run(t, file(cluster(), 0), append([]string{"log", "-A"}, strings.Fields(args)...)...); code != 0 || stdout != "" || !strings.Contains(stderr, "nothing matches") {
			t.Errorf("%s: exit %d, %q, %q", args, code, stdout, stderr)
		}
	}
}
