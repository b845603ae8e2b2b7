package reconcile

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// wrote is one change of a history: who set the field to what; an unknown writer is "", and "-" as a value takes the field away.
type wrote struct{ by, value string }

// field is a field of an object that writers set.
type field struct{ prefix, apiVersion, kind, path, owned string }

var fieldsOf = []field{
	{"deployments", "apps/v1", "Deployment", `"spec":{"replicas":%s}`, `{"f:spec":{"f:replicas":{}}}`},
	{"configmaps", "v1", "ConfigMap", `"data":{"mode":%q}`, `{"f:data":{"f:mode":{}}}`},
	{"shop.example.com/widgets", "shop.example.com/v1", "Widget", `"spec":{"size":{"n":%s}}`, `{"f:spec":{"f:size":{"f:n":{}}}}`},
	{"statefulsets", "apps/v1", "StatefulSet", `"spec":{"template":{"spec":{"containers":[{"name":"web","image":%q}]}}}`,
		`{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{"f:image":{}}}}}}}`},
}

// timed is a write and its time.
type timed struct {
	at time.Time
	sourcetest.Op
}

// stored are the versions of an object with such a history. Who is known leaves an entry with its time; who is not leaves
// the entries as they are, or takes the field out of them. Where it is fast, several changes are made within a second, which
// is what the times in entries can tell apart.
func (f field) stored(r *rand.Rand, name string, history []wrote, at time.Time, fast bool) (ops []timed) {
	owner, when, strip, begin := "kubectl-create", at, r.IntN(2) == 0, at
	for i, h := range history {
		if at = at.Add(time.Duration(2+r.IntN(60)) * time.Second); fast {
			at = begin.Add(time.Duration(i*300) * time.Millisecond)
		}
		entry := ""
		switch {
		case h.by != "" && h.value == "-":
			owner = ""
		case h.by != "":
			owner, when = h.by, at
		case strip && i > 0:
			owner = ""
		}
		if owner != "" {
			entry = fmt.Sprintf(`{"manager":%q,"operation":"Update","apiVersion":%q,"time":%q,"fieldsType":"FieldsV1","fieldsV1":%s}`, owner, f.apiVersion, when.Format(time.RFC3339), f.owned)
		}
		body := `"kept":1`
		if h.value != "-" {
			body += "," + fmt.Sprintf(f.path, h.value)
		}
		value := fmt.Sprintf(`{"apiVersion":%q,"kind":%q,"metadata":{"name":%q,"namespace":"demo","uid":"u-%s","generation":%d,"creationTimestamp":"2026-01-02T03:00:00Z","annotations":{"beat":"%d"},"managedFields":[%s]},%s}`,
			f.apiVersion, f.kind, name, name, i+1, i, entry, body)
		ops = append(ops, timed{at, sourcetest.Put("/registry/"+f.prefix+"/demo/"+name, value)})
	}
	return ops
}

var people = []string{"argocd-controller", "kubectl-edit", "flux", "kubectl-scale", "helm", "vpa-updater", "terraform", "kube-controller-manager"}

// two picks two writers; the second is unknown where unknown is set.
func two(r *rand.Rand, unknown bool) (a, b string) {
	i := r.IntN(len(people))
	a, b = people[i], people[(i+1+r.IntN(len(people)-1))%len(people)]
	if unknown {
		b = ""
	}
	if r.IntN(2) == 0 {
		a, b = b, a
	}
	return a, b
}

// fighting is a history in which two writers each return to a value at least three times, or one restores its own whatever
// the other writes. Other changes of the first lie between.
func fighting(r *rand.Rand, unknown bool) (h []wrote) {
	a, b := two(r, unknown)
	mine, one := fmt.Sprint(2+r.IntN(3)), r.IntN(3) == 0 && a != ""
	h = append(h, wrote{"kubectl-create", mine})
	for i := range 4 + r.IntN(4) {
		theirs := "9"
		if one {
			theirs = fmt.Sprint(10 + i)
		}
		h = append(h, wrote{b, theirs}, wrote{a, mine})
		if r.IntN(4) == 0 {
			h = append(h, wrote{a, mine}) // it changes something else
		}
	}
	return h
}

// peaceful is a history without a fight that looks like one.
func peaceful(r *rand.Rand, which int) (h []wrote) {
	a, b := two(r, r.IntN(2) == 0)
	n := 6 + r.IntN(8)
	add := func(by string, value int) { h = append(h, wrote{by, fmt.Sprint(value)}) }
	add("kubectl-create", 1)
	switch which % 10 {
	case 0: // one writer goes up and down
		for i := range n {
			add(a, 1+i%2)
		}
	case 1: // an autoscaler oscillates alone
		for range n {
			add("kube-controller-manager", 2+r.IntN(3))
		}
	case 2: // a rollout: each writer goes on from what the other wrote
		for i := range n {
			add([]string{a, b}[i%2], i+2)
		}
	case 3: // a beat that toggles, and nobody knows whose
		for i := range n {
			add("", i%2)
		}
	case 4: // a mistake that is corrected once, and then one works on
		add(a, 3)
		add(b, 5)
		add(a, 3)
		for i := range n {
			add(a, 3+i%2)
		}
	case 5: // a hand-over: first one goes up and down, then the other
		for i := range n {
			add(a, 1+i%2)
		}
		for i := range n {
			add(b, 1+i%2)
		}
	case 6: // one sets a flag and takes it away, which leaves no trace
		h[0].value = "-"
		for range n {
			h = append(h, wrote{"kubectl-edit", "1"}, wrote{"", "-"})
		}
	case 7: // a rollback, once
		add(a, 2)
		add(b, 1)
		add(a, 3)
		add(a, 4)
	case 8: // up by one, further up by the other, and down in other steps
		for i := range n {
			add(a, i+2)
			add(b, i+20)
		}
	case 9: // one toggles, another writes a value of its own now and then
		for i := range n {
			add(a, 1+i%2)
		}
		add(b, 40)
		for i := range n {
			add(a, 3+i%2)
		}
	}
	return h
}

// TestGeneratedFights: of 200 histories with a fight all are named, of 200 without one none is.
func TestGeneratedFights(t *testing.T) {
	t.Parallel()
	for seed := range uint64(1) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { generatedFights(t, seed) })
	}
}

func generatedFights(t *testing.T, seed uint64) {
	const histories = 200
	r := rand.New(rand.NewPCG(seed, 6))
	var writes []timed
	for i := range histories {
		at := time.Date(2026, 1, 2, 3, 4, r.IntN(1200), r.IntN(1000)*1e6, time.UTC)
		writes = append(writes, fieldsOf[i%4].stored(r, fmt.Sprintf("fight-%d", i), fighting(r, i%2 == 0), at, false)...)
		writes = append(writes, fieldsOf[r.IntN(4)].stored(r, fmt.Sprintf("peace-%d-%d", i%10, i), peaceful(r, i), at, i%20 < 2)...)
	}
	slices.SortStableFunc(writes, func(a, b timed) int { return a.at.Compare(b.at) })
	var ops []sourcetest.Op
	for _, w := range writes {
		ops = append(ops, w.Op)
	}
	report, last := reportOf(t, ops, Window{})
	if err := report.History(context.Background(), last, nil); err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, f := range report.Fights() {
		named[f.Name] = true
		if f.Sides[0].Writer == f.Sides[1].Writer || f.Undone < 2 || f.From >= f.To || !strings.HasPrefix(f.Name, "fight-") {
			t.Errorf("%+v", f)
		}
	}
	for i := range histories {
		if name := fmt.Sprintf("fight-%d", i); !named[name] {
			t.Errorf("%s is not named", name)
		}
	}
}

// TestFightsInAStoreOfTheirOwn: nothing else is written there, so that only the claims themselves date the changes, and those
// of an unknown writer no better than between two of them.
func TestFightsInAStoreOfTheirOwn(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(13, 6))
	at := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	check := func(name string, writes []timed) {
		var ops []sourcetest.Op
		for _, w := range writes {
			ops = append(ops, w.Op)
		}
		report, last := reportOf(t, ops, Window{})
		if err := report.History(context.Background(), last, nil); err != nil {
			t.Fatal(err)
		}
		fights := report.Fights()
		if want := strings.HasPrefix(name, "fight-"); want != (len(fights) == 1) {
			t.Errorf("%s: %+v", name, fights)
		}
	}
	for i := range 60 {
		name := fmt.Sprintf("fight-%d", i)
		check(name, fieldsOf[i%4].stored(r, name, fighting(r, i%2 == 0), at, false))
		name = fmt.Sprintf("peace-%d-%d", i%10, i)
		check(name, fieldsOf[r.IntN(4)].stored(r, name, peaceful(r, i), at, i%20 < 2))
	}
}
