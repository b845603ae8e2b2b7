package space

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
)

const (
	// MaxRead is the number of keys of a resource up to which they are listed instead of counted by namespace.
	MaxRead = 5000
	// Samples is how many values are read of a store that must be spared, beside those of resources with few keys.
	Samples = 400
	// fewKeys is the number of keys of a resource up to which all of its values are read.
	fewKeys = 32
	// samplePage is how many values are read at once.
	samplePage = 8
)

// Progress is how far a survey is.
type Progress struct {
	Records, AllRecords int64
	Types, AllTypes     int    // resources that are counted
	Kind                string // the resource whose namespaces are counted, "" for none
	Spaces, AllSpaces   int    // its namespaces
	Values, AllValues   int    // of the sample
}

// Sampled is what an estimate was made from.
type Sampled struct {
	Values int   // that were read
	Bytes  int64 // of them
}

// Estimate surveys a store that must be spared. It asks for the numbers of keys, resource by resource and, where one has more than
// MaxRead, namespace by namespace; o.Samples is how many values are read after that, 0 for none: then only keys are known.
func (s *Survey) Estimate(ctx context.Context, o Options) error {
	e := &estimate{s: s, o: &o, rng: rand.New(rand.NewPCG(o.Seed, 0x5a3c)), strata: map[string]*stratum{}}
	s.cells, s.fields = map[cell]*Amount{}, map[string]*Amount{}
	info, err := o.Source.Describe(ctx) // what was known when it was opened may be old
	if err != nil {
		return err
	}
	s.Storage = etcdsource.Storage{Size: info.DBSize, InUse: info.DBInUse, Free: -1, Stored: -1, Packed: -1, PackedLive: -1, From: max(info.Compacted, 0), To: info.Revision}
	if info.DBSize >= 0 && info.DBInUse >= 0 {
		s.Storage.Free = info.DBSize - info.DBInUse
	}
	if err := e.count(ctx); err != nil || o.Samples <= 0 {
		return err
	}
	return e.sample(ctx)
}

// estimate is one survey of a store that must be spared.
type estimate struct {
	s      *Survey
	o      *Options
	rng    *rand.Rand
	strata map[string]*stratum // by resource
}

func (e *estimate) progress(p Progress) {
	if e.o.Progress != nil {
		e.o.Progress(p)
	}
}

// add counts keys.
func (e *estimate) add(resource, namespace string, n int64) {
	id := cell{resource, namespace}
	if e.s.cells[id] == nil {
		e.s.cells[id] = &Amount{}
	}
	e.s.cells[id].Keys += n
	e.s.Total.Keys += n
}

// count asks for numbers. What lies in no resource that is known, or in a namespace that does not exist, is the rest.
func (e *estimate) count(ctx context.Context) error {
	names, err := e.namespaces(ctx)
	if etcdsource.Seen(err) != nil {
		return err
	}
	prefix := e.o.Prefix
	if prefix == "" {
		prefix = e.o.Known.Root
	}
	rest := int64(0) // of a namespace there is none
	if e.o.Namespace != "" {
		names = []string{e.o.Namespace}
	} else if rest, err = e.keysBelow(ctx, prefix); err != nil {
		return err
	}
	all := e.o.Known.Kinds.All()
	for i, r := range all {
		at := Progress{Types: i, AllTypes: len(all)}
		e.progress(at)
		n, err := e.kind(ctx, r, names, func(space int) {
			at.Kind, at.Spaces, at.AllSpaces = r.FullName(), space, len(names)
			e.progress(at)
		})
		if etcdsource.Seen(err) != nil {
			return err
		}
		rest -= n
	}
	if rest > 0 {
		e.add(OtherKeys, "", rest)
		e.strata[OtherKeys] = &stratum{unread: true, n: rest}
	}
	return nil
}

// within returns the part of a resource's keys that is surveyed; ok is false for none.
func (e *estimate) within(prefix string) (string, bool) {
	switch p := e.o.Prefix; {
	case strings.HasPrefix(prefix, p):
		return prefix, true
	case strings.HasPrefix(p, prefix):
		return p, true
	}
	return "", false
}

// kind counts a resource and returns how many of its keys were found.
func (e *estimate) kind(ctx context.Context, r kinds.Resource, names []string, progress func(space int)) (found int64, err error) {
	prefix, ok := e.within(e.o.Known.Kinds.Prefix(e.o.Known.Root, r, e.o.Namespace))
	if !ok || e.o.Namespace != "" && !r.Namespaced {
		return 0, nil
	}
	all, err := e.keysBelow(ctx, prefix)
	if err != nil || all == 0 {
		return 0, err
	}
	st := &stratum{prefix: prefix, cells: map[string]*moments{}}
	switch {
	case !r.Namespaced:
		e.add(r.FullName(), "", all)
		found = all
	case all <= MaxRead:
		err = etcdsource.Each(ctx, e.o.Source, etcdsource.Prefix(prefix), e.o.Revision, func(x etcdsource.Entry) error {
			ref, ok := e.o.Known.Kinds.Locate(e.o.Known.Root, x.Key)
			if !ok || ref.FullName() != r.FullName() {
				return nil
			}
			found++
			st.keep(e.rng, x.Key, e.o.Samples)
			e.add(r.FullName(), ref.Namespace, 1)
			return nil
		})
	default:
		found, err = e.byNamespace(ctx, r, prefix, all, names, progress)
	}
	if st.n = found; found > 0 {
		e.strata[r.FullName()] = st
	}
	return found, err
}

// byNamespace counts a resource of many keys.
func (e *estimate) byNamespace(ctx context.Context, r kinds.Resource, prefix string, all int64, names []string, progress func(int)) (found int64, err error) {
	for i, ns := range names {
		if found == all {
			break
		}
		progress(i)
		p := e.o.Known.Kinds.Prefix(e.o.Known.Root, r, ns)
		if !strings.HasPrefix(p, prefix) {
			if !strings.HasPrefix(prefix, p) {
				continue
			}
			p = prefix
		}
		n, err := e.keysBelow(ctx, p)
		if err != nil {
			return found, err
		}
		if n > 0 {
			e.add(r.FullName(), ns, n)
			found += n
		}
	}
	return found, nil
}

func (e *estimate) keysBelow(ctx context.Context, prefix string) (int64, error) {
	return e.o.Source.Count(ctx, etcdsource.Prefix(prefix), etcdsource.At{Revision: e.o.Revision})
}

// namespaces reads the names of the namespaces.
func (e *estimate) namespaces(ctx context.Context) (names []string, err error) {
	prefix := e.o.Known.Root + "namespaces/"
	err = etcdsource.Each(ctx, e.o.Source, etcdsource.Prefix(prefix), e.o.Revision, func(x etcdsource.Entry) error {
		names = append(names, strings.TrimPrefix(string(x.Key), prefix))
		return nil
	})
	return names, err
}

// sample reads values, and estimates bytes from them.
func (e *estimate) sample(ctx context.Context) error {
	sizer := e.o.Known.Decoder.Sizer()
	var large []*stratum
	all := 0
	for _, name := range e.names() {
		st := e.strata[name]
		st.resource, st.field = name, fieldOf(name)
		switch {
		case st.unread:
		case st.n <= fewKeys:
			all += int(st.n)
		default:
			if err := e.choose(ctx, st); etcdsource.Seen(err) != nil {
				return err
			}
			large = append(large, st)
		}
	}
	all += e.o.Samples
	read := func(st *stratum, x *etcdsource.Entry) {
		ref, _ := e.o.Known.Kinds.Locate(e.o.Known.Root, x.Key)
		st.take(sizer, x.Key, x.Value, ref.Namespace)
		e.s.Read.Values++
		e.s.Read.Bytes += int64(len(x.Value))
		e.progress(Progress{Values: e.s.Read.Values, AllValues: all})
	}
	for _, name := range e.names() {
		if st := e.strata[name]; !st.unread && st.n <= fewKeys {
			span := etcdsource.Prefix(st.prefix)
			span.Values, span.Limit = true, samplePage
			err := etcdsource.Each(ctx, e.o.Source, span, e.o.Revision, func(x etcdsource.Entry) error {
				read(st, &x)
				return nil
			})
			if etcdsource.Seen(err) != nil {
				return err
			}
			st.n = max(st.n, int64(st.size.n)) // some were written since they were counted
		}
	}
	if err := e.draw(ctx, large, read); err != nil {
		return err
	}
	e.finish()
	return nil
}

// draw reads values of the resources with many keys: some of each, then most of those whose sizes vary most.
func (e *estimate) draw(ctx context.Context, large []*stratum, read func(*stratum, *etcdsource.Entry)) error {
	if len(large) == 0 {
		return nil
	}
	take := func(st *stratum, upTo int) error {
		for st.drawn < min(upTo, len(st.keys)) {
			x, ok, err := etcdsource.Get(ctx, e.o.Source, st.keys[st.drawn], e.o.Revision)
			var gone *etcdsource.CompactedError
			if errors.As(err, &gone) || etcdsource.Seen(err) != nil {
				return err
			}
			if st.drawn++; ok {
				read(st, &x)
			}
		}
		return nil
	}
	pilot := max(4, min(50, e.o.Samples/2/len(large)))
	for _, st := range large {
		if err := take(st, pilot); err != nil {
			return err
		}
	}
	for i, more := range allocate(large, e.o.Samples-pilot*len(large)) {
		if err := take(large[i], large[i].drawn+more); err != nil {
			return err
		}
	}
	return nil
}

// choose draws keys of a resource at random, where listing it has not done so.
func (e *estimate) choose(ctx context.Context, st *stratum) error {
	if st.keys != nil {
		e.rng.Shuffle(len(st.keys), func(i, j int) { st.keys[i], st.keys[j] = st.keys[j], st.keys[i] })
		return nil
	}
	err := etcdsource.List(ctx, e.o.Source, etcdsource.Prefix(st.prefix), e.o.Revision, func(keys [][]byte) error {
		for _, k := range keys {
			st.keep(e.rng, k, e.o.Samples)
		}
		return ctx.Err()
	})
	e.rng.Shuffle(len(st.keys), func(i, j int) { st.keys[i], st.keys[j] = st.keys[j], st.keys[i] })
	return err
}

// names are those of the strata, in order, so that the same store and seed give the same sample.
func (e *estimate) names() []string {
	out := make([]string, 0, len(e.strata))
	for name := range e.strata {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// finish turns the samples into sums.
func (e *estimate) finish() {
	total := variance(0)
	perField := map[string]variance{}
	for _, name := range e.names() {
		st := e.strata[name]
		if st.size.n == 0 {
			e.s.Unsized += st.n
			continue
		}
		for id, a := range e.s.cells {
			if id.resource == name {
				live, v := st.cell(id.namespace, a.Keys)
				a.Live, a.Margin = live, v.margin()
				a.Managed, a.Applied = int64(st.managed.mean()*float64(a.Keys)), int64(st.applied.mean()*float64(a.Keys))
			}
		}
		live, v := st.total()
		total += v
		e.s.sized(name, live, v)
		e.s.Total.Live += live
		e.s.Total.Managed += int64(st.managed.mean() * float64(st.n))
		e.s.Total.Applied += int64(st.applied.mean() * float64(st.n))
		for field, m := range st.fields {
			b, v := m.total(st.n, st.size.n)
			if e.s.fields[field] == nil {
				e.s.fields[field] = &Amount{}
			}
			f := e.s.fields[field]
			f.Live += b
			f.Keys += int64(float64(m.n) / float64(st.size.n) * float64(st.n))
			perField[field] += v
		}
	}
	for field, v := range perField {
		e.s.fields[field].Margin = v.margin()
	}
	e.s.Total.Margin = total.margin()
}
