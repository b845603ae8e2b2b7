package reconcile

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
)

var dec = decode.New(decode.Options{})

// fold gives a tracker one version after the other.
type fold struct {
	t    *Tracker
	last map[string]*etcdsource.Event
	rev  int64
	now  time.Time
	view decode.View
}

func newFold() *fold {
	return &fold{t: New(), last: map[string]*etcdsource.Event{}, rev: 1, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
}

// put takes a version; "" is a deletion. A second passes with each.
func (f *fold) put(key, value, writer string) {
	f.rev++
	f.now = f.now.Add(time.Second)
	e := &etcdsource.Event{Key: []byte(key), Value: []byte(value), Mod: f.rev, Type: etcdsource.Updated}
	old := f.last[key]
	switch {
	case value == "":
		e.Type = etcdsource.Deleted
	case old == nil || old.Type == etcdsource.Deleted:
		e.Type = etcdsource.Created
	}
	f.last[key] = e
	c := change.Describe(dec, kinds.Builtin(), "/registry/", old, e, f.view)
	f.t.Apply(Input{Change: &c, Writer: writer, When: f.now})
}

func object(apiVersion, kind, meta, rest string) string {
	if meta != "" {
		meta = "," + meta
	}
	return fmt.Sprintf(`{"apiVersion":%q,"kind":%q,"metadata":{"name":"x","namespace":"demo"%s},%s}`, apiVersion, kind, meta, rest)
}

// TestAssess says of small objects what is wrong with them; "" is nothing.
func TestAssess(t *testing.T) {
	for _, c := range []struct{ object, want string }{
		{object("apps/v1", "Deployment", `"generation":3`, `"spec":{"replicas":3},"status":{"observedGeneration":3,"replicas":3,"readyReplicas":3,"updatedReplicas":3}`), ""},
		{object("apps/v1", "Deployment", "", `"spec":{"replicas":0},"status":{}`), ""},
		{object("apps/v1", "Deployment", `"generation":4`, `"spec":{"replicas":3},"status":{"observedGeneration":3,"replicas":4,"readyReplicas":2,"updatedReplicas":1}`),
			"60 2 of 3 ready; 4 there where 3 are wanted; 1 of 3 updated; generation 4, its controller saw 3"},
		{object("apps/v1", "Deployment", "", `"spec":{},"status":{"conditions":[{"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded"}]}`),
			"80 none of 1 ready; 0 of 1 updated; Progressing False: ProgressDeadlineExceeded"},
		{object("apps/v1", "Deployment", "", `"spec":{"paused":true},"status":{"readyReplicas":1}`), ""},
		{object("apps/v1", "StatefulSet", "", `"spec":{"replicas":1},"status":{"readyReplicas":1,"currentRevision":"a","updateRevision":"b"}`), "50 0 of 1 updated"},
		{object("apps/v1", "DaemonSet", "", `"status":{"desiredNumberScheduled":2,"numberReady":1,"updatedNumberScheduled":2,"numberMisscheduled":1}`), "60 1 of 2 ready; 1 run where they should not"},
		{object("batch/v1", "Job", "", `"spec":{"completions":3},"status":{"succeeded":1,"failed":2}`), "10 1 of 3 done, 2 failed"},
		{object("batch/v1", "Job", "", `"spec":{},"status":{"conditions":[{"type":"Complete","status":"True"}]}`), ""},
		{object("batch/v1", "Job", "", `"spec":{},"status":{"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded"}]}`), "70 Failed True: BackoffLimitExceeded"},
		{object("v1", "Pod", "", `"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}`), ""},
		{object("v1", "Pod", "", `"status":{"phase":"Succeeded","conditions":[{"type":"Ready","status":"False"}]}`), ""},
		{object("v1", "Pod", "", `"status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/2 nodes"}]}`),
			"95 PodScheduled False: Unschedulable, 0/2 nodes"},
		{object("v1", "Pod", "", `"status":{"phase":"Running","containerStatuses":[{"name":"c","restartCount":5,"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}`), "95 c waits: CrashLoopBackOff, 5 restarts"},
		{object("v1", "Pod", "", `"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}],"containerStatuses":[{"name":"c","restartCount":1,"state":{"terminated":{"exitCode":3,"reason":"Error"}}},{"name":"d","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]}`), "95 c ended: Error, exit code 3, 1 restart"},
		{object("v1", "Pod", "", `"status":{"phase":"Failed","reason":"Evicted","message":"disk\u001b[2J"}`), "70 failed Evicted disk␛[2J"},
		{object("v1", "Pod", "", `"status":{"phase":"Pending"}`), "40 pending"},
		{object("v1", "Node", "", `"status":{"conditions":[{"type":"Ready","status":"Unknown","reason":"NodeStatusUnknown"},{"type":"DiskPressure","status":"True"}]}`),
			"100 Ready Unknown: NodeStatusUnknown; DiskPressure True"},
		{object("v1", "Node", "", `"status":{"conditions":[{"type":"Ready","status":"True"},{"type":"DiskPressure","status":"False"}]}`), ""},
		{object("v1", "PersistentVolumeClaim", "", `"status":{"phase":"Pending"}`), "60 Pending"},
		{object("v1", "Namespace", `"deletionTimestamp":"2026-01-02T03:04:05Z"`, `"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Terminating","conditions":[{"type":"NamespaceContentRemaining","status":"True","message":"configmaps. has 1"},{"type":"NamespaceDeletionContentFailure","status":"False"}]}`),
			"90 being deleted; configmaps. has 1"},
		{object("v1", "ConfigMap", `"deletionTimestamp":"2026-01-02T03:04:05Z","finalizers":["a/b"]`, `"data":{}`), "90 being deleted, waits for finalizer a/b"},
		{object("v1", "ConfigMap", "", `"data":{}`), "-"},
		{object("v1", "Service", "", `"spec":{"type":"LoadBalancer"},"status":{"loadBalancer":{}}`), "40 no load balancer gave it an address"},
		{object("policy/v1", "PodDisruptionBudget", "", `"status":{"desiredHealthy":2,"currentHealthy":1}`), "60 1 healthy where 2 are demanded"},
		{object("autoscaling/v2", "HorizontalPodAutoscaler", "", `"status":{"desiredReplicas":2,"currentReplicas":2,"conditions":[{"type":"ScalingActive","status":"False","reason":"R"}]}`), "40 ScalingActive False: R"},
		{object("shop.example.com/v1", "Widget", `"generation":2`, `"status":{"observedGeneration":1,"conditions":[{"type":"Ready","status":"False","reason":"R"},{"type":"Synced","status":"True"}]}`),
			"60 Ready False: R; generation 2, its controller saw 1"},
		{object("v1", "ConfigMap", `"deletionTimestamp":"2026-01-02T03:04:05Z"`, `"data":{"a":"`+strings.Repeat("x", 100_000)+`"}`), "40 being deleted"},
		{object("shop.example.com/v1", "Widget", "", `"data":"`+strings.Repeat("x", 100_000)+`","status":{"conditions":[{"type":"Ready","status":"False"}]}`), "60 Ready False"},
		{object("v1", "Secret", `"deletionTimestamp":"2026-01-02T03:04:05Z"`, `"data":{}`), "-"},
		{`{"apiVersion":"apps/v1","kind":"Deployment","metadata":7,"spec":[1],"status":"x"}`, "80 none of 1 ready; 0 of 1 updated"},
		{"text", "-"},
	} {
		s, ok := Assess(dec.Object([]byte("/registry/x/demo/x"), []byte(c.object), 5))
		got := "-"
		if ok {
			if got = fmt.Sprintf("%d %s", s.Weight, strings.Join(s.Why, "; ")); s.Weight == 0 {
				got = strings.Join(s.Why, "; ")
			}
		}
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.object, got, c.want)
		}
	}
}

func deploy(gen, seen, want, ready int) string {
	return object("apps/v1", "Deployment", fmt.Sprintf(`"generation":%d`, gen),
		fmt.Sprintf(`"spec":{"replicas":%d},"status":{"observedGeneration":%d,"replicas":%d,"readyReplicas":%d,"updatedReplicas":%d}`, want, seen, ready, ready, ready))
}

func TestEpisodes(t *testing.T) {
	f, key := newFold(), "/registry/deployments/demo/x"
	f.put(key, deploy(1, 1, 2, 2), "") // 2
	f.put(key, deploy(2, 1, 3, 2), "") // 3: diverges
	f.put(key, deploy(2, 2, 3, 0), "") // 4: worse
	if w := f.t.Waiting(); len(w) != 1 || w[0].Since.Revision != 3 || w[0].Weight != weightDown || w[0].AtLeast || w[0].Want != 3 || w[0].Ready != 0 || w[0].Observed != 2 {
		t.Fatalf("waiting %+v", w)
	}
	f.put(key, deploy(2, 2, 3, 3), "") // 5: as wanted
	f.put(key, "", "")                 // 6
	e := f.t.Episodes()
	if len(e) != 1 || e[0].Since.Revision != 3 || e[0].End != 5 || e[0].Took() != 2*time.Second || e[0].Weight != weightDown || len(f.t.Waiting()) != 0 {
		t.Fatalf("episodes %+v", e)
	}
	if g := f.t.Gone(); len(g) != 1 || g[0].Last != 5 || g[0].Revision != 6 {
		t.Fatalf("gone %+v", g)
	}
	f.put(key, deploy(1, 1, 1, 0), "") // 7: it is back, and begins again
	if w := f.t.Waiting(); len(f.t.Gone()) != 0 || len(w) != 1 || w[0].Since.Revision != 7 {
		t.Errorf("gone %v, waiting %v", f.t.Gone(), w)
	}
	f.t.See(dec.Object([]byte("/registry/minions/n"), []byte(object("v1", "Node", "", `"status":{}`)), 99))
	if w := f.t.Waiting(); len(w) != 2 || w[0].Kind != "Node" || !w[0].AtLeast {
		t.Errorf("the worst is not first: %+v", w)
	}
}

// TestRealFight: bob scales a Deployment, argocd sets it back, over and over.
func TestRealFight(t *testing.T) {
	file, err := os.Open("testdata/api.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	f, sc := newFold(), bufio.NewScanner(z)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var line struct {
			Key   string
			Mod   int64
			Value []byte
		}
		if err := json.Unmarshal(sc.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		f.rev = line.Mod - 1
		f.put(line.Key, string(line.Value), "")
	}
	fights := f.t.Fights()
	if len(fights) != 1 {
		t.Fatalf("%d fights: %+v", len(fights), fights)
	}
	got := fights[0]
	want := Fight{Key: "/registry/deployments/team-a/api", Kind: "Deployment", Namespace: "team-a", Name: "api", Path: ".spec.replicas",
		Sides: [2]Side{{Writer: "argocd-controller", Value: "2"}, {Writer: "kubectl (scale)", Value: "5"}}, Undone: 14, From: 3316, To: 3859, First: got.First, Last: got.Last}
	if d := cmp.Diff(want, got); d != "" || got.Beat() != time.Second {
		t.Errorf("beat %s\n%s", got.Beat(), d)
	}
}

func TestWhatIsNoFight(t *testing.T) {
	cm := func(v string) string { return object("v1", "ConfigMap", "", `"data":{"a":"`+v+`"}`) }
	for name, writers := range map[string][]string{
		"one writer": {"a", "a", "a", "a", "a", "a"}, "nobody known": {"", "", "", "", "", ""}, "undone once": {"a", "a", "b"},
	} {
		f := newFold()
		for i, w := range writers {
			f.put("/registry/configmaps/demo/x", cm(fmt.Sprint(i%2)), w)
		}
		if got := f.t.Fights(); len(got) != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	f := newFold()
	for i, w := range strings.Fields("a a b a b") { // always another value
		f.put("/registry/configmaps/demo/x", cm(fmt.Sprint(i)), w)
	}
	for i, w := range strings.Fields("a a b a b") { // what controllers report
		f.put("/registry/x/demo/y", object("shop/v1", "Widget", "", fmt.Sprintf(`"status":{"n":%d}`, i%2)), w)
	}
	if got := f.t.Fights(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// TestSecretsFight: a fight about a Secret is named without its values, and not at all where they are masked.
func TestSecretsFight(t *testing.T) {
	for _, reveal := range []bool{false, true} {
		f := newFold()
		f.view.Reveal = reveal
		for i, w := range strings.Fields("a a b a b") {
			f.put("/registry/secrets/demo/x", object("v1", "Secret", "", fmt.Sprintf(`"data":{"p":"c2VjcmV0%d"}`, i%2)), w)
		}
		got := f.t.Fights()
		if (len(got) == 1) != reveal || strings.Contains(fmt.Sprintf("%+v %+v", got, f.t), "c2VjcmV0") {
			t.Errorf("reveal %v: %+v", reveal, got)
		}
	}
}

// TestBounded: memory does not grow with the number of objects and fields.
func TestBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("many objects")
	}
	f := newFold()
	for i := range maxWaiting + 500 {
		key := fmt.Sprintf("/registry/x/demo/%d", i)
		f.put(key, object("shop/v1", "Widget", "", `"spec":{"n":1},"status":{"conditions":[{"type":"Ready","status":"False"}]}`), "a")
		f.put(key, object("shop/v1", "Widget", "", `"spec":{"n":2},"status":{"conditions":[{"type":"Ready","status":"False"}]}`), "a")
		if i%7 == 0 {
			f.put("/registry/x/demo/hot", object("shop/v1", "Widget", "", fmt.Sprintf(`"spec":{"n":%d}`, i)), "a")
		}
	}
	if n := len(f.t.Waiting()); n != maxWaiting || f.t.Dropped() == 0 || len(f.t.duels) > maxDuels || len(f.t.objects) > maxHot+1 {
		t.Errorf("%d waiting, %d dropped, %d duels, %d counted", n, f.t.Dropped(), len(f.t.duels), len(f.t.objects))
	}
	if h := f.t.HotObjects(1); h[0].Name != "/registry/x/demo/hot" || h[0].Count < maxWaiting/7 {
		t.Errorf("hottest %+v", h)
	}
	if h := f.t.HotFields(1); h[0].Name != "Widget .spec.n" {
		t.Errorf("hottest field %+v", h)
	}
}

// TestLargeChange: of a change of very many fields the first are compared, and a fight about one of these is found.
func TestLargeChange(t *testing.T) {
	t.Parallel()
	f := newFold()
	for i, w := range strings.Fields("a a b a b") {
		var b strings.Builder
		for j := range 3 * maxFields {
			fmt.Fprintf(&b, `"k%05d":"%d",`, j, i%2)
		}
		f.put("/registry/configmaps/demo/x", object("v1", "ConfigMap", "", `"data":{`+b.String()+`"z":"0"}`), w)
	}
	if n, fights := len(f.t.duels), f.t.Fights(); n != maxFields || len(fights) != maxFields || fights[0].Path != ".data.k00000" || fights[0].Undone != 3 {
		t.Errorf("%d fields are compared, %d fights", n, len(fights))
	}
}

func BenchmarkApply(b *testing.B) {
	f, i := newFold(), 0
	b.ReportAllocs()
	for b.Loop() {
		i++
		f.put("/registry/deployments/demo/x", deploy(i, i, 3+i%2, 3), "a")
	}
}
