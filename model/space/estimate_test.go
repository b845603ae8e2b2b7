package space

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/model/learn"
)

// watched is a source that notes what is read of it.
type watched struct {
	etcdsource.Source
	values, keys, valued int // bytes of values, keys that were read, keys that were read with their values
	fail                 error
	size                 int64 // of the database by now; 0: as it was opened
}

func (w *watched) Describe(ctx context.Context) (etcdsource.Info, error) {
	info, err := w.Source.Describe(ctx)
	if w.size > 0 {
		info.DBSize, info.DBInUse = w.size, w.size/4
	}
	return info, err
}

func (w *watched) Range(ctx context.Context, s etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	p, err := w.Source.Range(ctx, s, at)
	w.keys += len(p.Entries)
	for i := range p.Entries {
		w.values += len(p.Entries[i].Value)
		if s.Values {
			w.valued++
		}
	}
	return p, errors.Join(err, w.fail)
}

// store is a file with these numbers of keys below /registry/, beside two namespaces and a node; size is that of their values.
func store(t *testing.T, kinds map[string]int, size func() int) (*watched, *learn.Known) {
	t.Helper()
	ops := []sourcetest.Op{sourcetest.Put("/registry/namespaces/a", "x"), sourcetest.Put("/registry/namespaces/b", "x"), sourcetest.Put("/registry/minions/node-1", "x")}
	for folder, n := range kinds {
		for i := range n {
			ops = append(ops, sourcetest.Put(fmt.Sprintf("/registry/%s/k-%05d", folder, i), string(make([]byte, size()))))
		}
	}
	src, known := opened(t, sourcetest.Spec{Ops: ops})
	return &watched{Source: src}, known
}

func five() int { return 5 }

// counted are the rows by namespace, and the last progress of each kind.
func counted(t *testing.T, w *watched, o Options) (s *Survey, rows []string, how []Progress) {
	t.Helper()
	s = &Survey{}
	o.Source, o.Progress = w, func(p Progress) { how = append(how, p) }
	if err := s.Estimate(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	list := s.Rows(ByNamespace)
	OrderKeys.Sort(list)
	for _, r := range list {
		rows = append(rows, fmt.Sprintf("%s %d %s", r.Name, r.Keys, r.Mostly))
	}
	return s, rows, how
}

// TestCountByAsking: a resource of more than MaxRead keys is counted by namespace and not read; what is in no namespace that
// exists is the rest. A smaller one is listed, without values.
func TestCountByAsking(t *testing.T) {
	t.Parallel()
	w, known := store(t, map[string]int{"pods/a": MaxRead, "pods/gone": 1, "configmaps/gone": 2, "configmaps/b": 5, "unknown": 3}, five)
	s, rows, how := counted(t, w, Options{Known: known})
	want := []string{fmt.Sprintf("a %d pods", MaxRead), " 7 other", "b 5 configmaps", "gone 2 configmaps"}
	if d := gocmp.Diff(want, rows); d != "" {
		t.Error(d)
	}
	if most := 2 + 7; w.keys != most || w.values != 0 { // the namespaces and the ConfigMaps
		t.Errorf("%d keys and %d bytes of values were read", w.keys, w.values)
	}
	resources := map[string]int64{}
	for _, r := range s.Rows(ByResource) {
		resources[r.Name] = r.Keys
	}
	if d := gocmp.Diff(map[string]int64{"pods": MaxRead, "configmaps": 7, "namespaces": 2, "nodes": 1, OtherKeys: 4}, resources); d != "" {
		t.Error(d)
	}
	spaces := 0
	for _, p := range how {
		if p.AllTypes == 0 || p.Types >= p.AllTypes || p.Values > 0 {
			t.Errorf("the progress is %+v", p)
		}
		if p.Kind == "pods" {
			spaces++
		}
	}
	if spaces != 2 || s.Exact || s.Total.Keys != MaxRead+14 {
		t.Errorf("%d namespaces of pods were counted, %+v", spaces, s.Total)
	}
}

// TestEstimateOfFewIsExact: where all values are read there is no margin.
func TestEstimateOfFewIsExact(t *testing.T) {
	t.Parallel()
	w, known := store(t, map[string]int{"pods/a": 20, "pods/b": 30, "configmaps/b": 5}, five)
	s, _, _ := counted(t, w, Options{Known: known, Samples: Samples})
	if want := int64(55*5 + 3); s.Total.Live != want || s.Total.Margin != 0 || s.Read.Values != 58 {
		t.Errorf("%+v of %+v, want %d", s.Total, s.Read, want)
	}
	for _, r := range s.Rows(ByNamespace) {
		if want := map[string]int64{"a": 100, "b": 175, "": 3}[r.Name]; r.Live != want || r.Margin != 0 {
			t.Errorf("%+v, want %d", r, want)
		}
	}
}

// TestEstimateOfNow: how large the database is, is asked with what is in it, not taken from when the store was opened.
func TestEstimateOfNow(t *testing.T) {
	t.Parallel()
	w, known := store(t, map[string]int{"pods/a": 1}, five)
	w.size = 40 << 20
	if s, _, _ := counted(t, w, Options{Known: known}); s.Storage.Size != 40<<20 || s.Storage.InUse != 10<<20 || s.Storage.Free != 30<<20 {
		t.Errorf("%+v", s.Storage)
	}
}

// TestEstimateIsBounded: no more values are read than was asked for, and what is estimated lies within its margin.
func TestEstimateIsBounded(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	w, known := store(t, map[string]int{"pods/a": 3000, "pods/b": MaxRead, "configmaps/b": 900, "secrets/a": 10}, func() int { return int(200 * math.Exp(rng.NormFloat64())) })
	var exact Survey
	if err := exact.Measure(t.Context(), Options{Source: w.Source, Known: known}); err != nil {
		t.Fatal(err)
	}
	s, _, _ := counted(t, w, Options{Known: known, Samples: 200, Seed: 5})
	if w.valued > 200+13 || s.Read.Values != w.valued {
		t.Errorf("%d values were read, %+v", w.valued, s.Read)
	}
	within := func(what string, got, want Amount) {
		if off := got.Live - want.Live; got.Keys != want.Keys || off > got.Margin || -off > got.Margin || got.Margin > want.Live {
			t.Errorf("%s: %d ± %d bytes in %d keys, there are %d in %d", what, got.Live, got.Margin, got.Keys, want.Live, want.Keys)
		}
	}
	within("all", s.Total, exact.Total)
	for _, by := range []By{ByResource, ByNamespace} {
		want := map[string]Amount{}
		for _, r := range exact.Rows(by) {
			want[r.Name] = r.Amount
		}
		for _, r := range s.Rows(by) {
			within(r.Name, r.Amount, want[r.Name])
		}
	}
}

// TestMarginHolds simulates samples of many stores: a margin is wrong in at most one of twenty.
func TestMarginHolds(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(11, 12))
	normal := func(mean, spread float64) func() float64 {
		return func() float64 { return max(mean+spread*rng.NormFloat64(), 1) }
	}
	skewed := func(mean, sigma float64) func() float64 {
		return func() float64 { return mean * math.Exp(sigma*rng.NormFloat64()) }
	}
	mixed := func() float64 {
		if rng.IntN(20) == 0 {
			return 20_000
		}
		return 500
	}
	for name, store := range map[string][]func() float64{
		"even": {normal(3000, 500), normal(700, 20)}, "one": {skewed(1000, 0.8)}, "skewed": {skewed(1000, 0.8), skewed(300, 1), skewed(5000, 0.5)}, "mixed": {mixed, normal(2000, 300)},
	} {
		const runs = 400
		held := 0
		for range runs {
			truth, sum, v := 0.0, int64(0), variance(0)
			var strata []*stratum
			var sizes [][]float64
			for _, next := range store {
				n := 200 + rng.IntN(2000)
				of := make([]float64, n)
				for i := range of {
					of[i] = math.Round(next())
					truth += of[i]
				}
				strata, sizes = append(strata, &stratum{n: int64(n)}), append(sizes, of)
			}
			draw := func(i, upTo int) {
				for st := strata[i]; st.drawn < min(upTo, len(sizes[i])); st.drawn++ {
					st.size.add(sizes[i][st.drawn])
				}
			}
			pilot := max(4, min(50, Samples/2/len(strata)))
			for i := range strata {
				draw(i, pilot)
			}
			for i, more := range allocate(strata, Samples-pilot*len(strata)) {
				draw(i, strata[i].drawn+more)
			}
			for _, st := range strata {
				b, w := st.total()
				sum, v = sum+b, v+w
			}
			if math.Abs(float64(sum)-truth) <= float64(v.margin()) {
				held++
			}
		}
		if held*20 < runs*19 {
			t.Errorf("%s: the margin held in %d of %d", name, held, runs)
		}
		t.Logf("%s: the margin held in %d of %d", name, held, runs)
	}
}

// TestEstimateFails: what was counted before stays, and the error is that of the source.
func TestEstimateFails(t *testing.T) {
	t.Parallel()
	w, known := store(t, map[string]int{"pods/a": 1}, five)
	w.fail = errors.New("permission denied")
	var s Survey
	if err := s.Estimate(t.Context(), Options{Source: w, Known: known}); !errors.Is(err, w.fail) {
		t.Errorf("%v, want %v", err, w.fail)
	}
}
