package space

import (
	"context"
	"math"
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
)

// Survey is what fills a store. Measure or Estimate fills it, once; Rows may be asked for in their calls of Progress, and by any number
// of goroutines after them.
type Survey struct {
	Storage etcdsource.Storage
	// Exact reports that every record was counted: else only the numbers of keys are, and bytes are estimated.
	Exact   bool
	Total   Amount
	Read    Sampled // of an estimate: what it was made from
	Unsized int64   // likewise: keys of which no value was read
	cells   map[cell]*Amount
	fields  map[string]*Amount
	keys    []Row
	// resources are estimates of whole resources: their margins are smaller than those of their namespaces together.
	resources map[string]*Amount
}

// Unknown reports whether the bytes of a row are not known: of an estimate that has read no value of its keys.
func (s *Survey) Unknown(r *Row) bool {
	return !s.Exact && s.Unsized > 0 && r.Live == 0 && r.Keys > 0
}

// cell is what rows by resource and rows by namespace are made of.
type cell struct{ resource, namespace string }

// Options say what is surveyed.
type Options struct {
	Source etcdsource.Source
	Known  *learn.Known
	Prefix string // only keys that begin with it; "": all
	// Namespace leaves out what is not in it; "": nothing.
	Namespace string
	// Fields counts bytes by field, of all versions.
	Fields bool
	// Revision is the one at which a store that must be spared is counted, 0 for now; Samples is how many values are read of it,
	// Seed which ones.
	Revision int64
	Samples  int
	Seed     uint64
	// Keys is how many rows by key are kept, the first in the order KeyOrder; 0: none, -1: all.
	Keys     int
	KeyOrder Order
	// Progress receives now and then how far it is; it may be nil.
	Progress func(Progress)
}

// within reports whether a key below the prefix is surveyed.
func (o *Options) within(key []byte) bool {
	if o.Namespace == "" {
		return true
	}
	ref, ok := o.Known.Kinds.Locate(o.Known.Root, key)
	return ok && (ref.Namespace == o.Namespace || ref.Kind == "Namespace" && ref.Name == o.Namespace)
}

// OtherKeys is the name of the row for keys that belong to no known resource.
const OtherKeys = "other"

// Measure surveys a store whose records can all be read without a server: a file, a recalled store, a store of our own. It reads every record once,
// and keeps sums only.
func (s *Survey) Measure(ctx context.Context, o Options) error {
	s.Exact = true
	m, err := etcdsource.As[etcdsource.Measurer](o.Source)
	if err != nil {
		return s.stream(ctx, &o)
	}
	var busiest [etcdsource.MeasureWorkers]*top
	if o.Keys > 0 && o.KeyOrder == OrderVersions {
		for i := range busiest {
			busiest[i] = &top{order: o.KeyOrder, most: o.Keys}
		}
	}
	classes := newClassSets(&o)
	var parts [etcdsource.MeasureWorkers]*counting
	for i := range parts {
		parts[i] = newCounting(&o, classes)
	}
	s.Storage, err = m.Measure(ctx, etcdsource.MeasureOptions{
		Class: func(worker int, k *etcdsource.KeySum) int32 {
			class := classes.of(worker, k.Key)
			if t := busiest[worker]; t != nil && class >= 0 && t.mayWant(k.Versions) {
				if a := amountOfKey(k); t.wants(&a) {
					t.offer(Row{Name: string(k.Key), Amount: a, Prefix: string(k.Key)})
				}
			}
			return class
		},
		Visit: func(worker int, r *etcdsource.Record) { parts[worker].add(r) },
		Progress: func(done, total int64) {
			if o.Progress != nil {
				o.Progress(Progress{Records: done, AllRecords: total})
			}
		},
	})
	if err != nil {
		return err
	}
	s.join(parts[:])
	switch {
	case busiest[0] != nil:
		return s.busiest(ctx, m, joined(busiest[:]))
	case o.Keys == 0:
		return nil
	}
	return s.byKey(ctx, m, &o)
}

// Keys surveys key by key only, o.Keys of them, of a store that Measure can survey.
func Keys(ctx context.Context, o Options) ([]Row, error) {
	s := &Survey{Exact: true}
	m, err := etcdsource.As[etcdsource.Measurer](o.Source)
	if err == nil {
		err = s.byKey(ctx, m, &o)
	} else {
		err = s.stream(ctx, &o)
	}
	return s.keys, err
}

// byKey counts key by key.
func (s *Survey) byKey(ctx context.Context, m etcdsource.Measurer, o *Options) error {
	t := top{order: o.KeyOrder, most: max(o.Keys, 0)}
	err := m.MeasureKeys(ctx, etcdsource.Prefix(o.Prefix), true, func(k *etcdsource.KeySum) error {
		if a := amountOfKey(k); t.wants(&a) && o.within(k.Key) {
			t.offer(Row{Name: string(k.Key), Amount: a, Prefix: string(k.Key)})
		}
		return nil
	})
	t.order.Sort(t.rows)
	s.keys = t.rows
	return err
}

// busiest weighs the keys with the most versions.
func (s *Survey) busiest(ctx context.Context, m etcdsource.Measurer, t *top) error {
	for i := range t.rows {
		r := &t.rows[i]
		err := m.MeasureKeys(ctx, etcdsource.Key([]byte(r.Name)), true, func(k *etcdsource.KeySum) error {
			r.Amount = amountOfKey(k)
			return nil
		})
		if err != nil {
			return err
		}
	}
	t.order.Sort(t.rows)
	s.keys = t.rows
	return nil
}

// amountOfKey is what the records of a key take.
func amountOfKey(k *etcdsource.KeySum) Amount {
	a := Amount{Live: k.LiveBytes, Old: k.OldBytes, Versions: k.Versions, Deletions: k.Deletions, Stored: k.Stored, LiveStored: k.LiveStored}
	if k.Live {
		a.Keys = 1
	}
	return a
}

// stream surveys a store whose changes can be streamed from the first one on. It remembers the sums of every key.
func (s *Survey) stream(ctx context.Context, o *Options) error {
	info, err := o.Source.Describe(ctx)
	if err != nil {
		return err
	}
	s.Storage = etcdsource.Storage{Size: info.DBSize, InUse: info.DBInUse, Free: -1, Packed: -1, PackedLive: -1, From: max(info.Compacted, 1), To: info.Revision}
	if info.DBSize >= 0 && info.DBInUse >= 0 {
		s.Storage.Free = info.DBSize - info.DBInUse
	}
	classes := newClassSets(o)
	c := newCounting(o, classes)
	sums := map[string]*streamed{}
	err = etcdsource.EachChange(ctx, o.Source, etcdsource.Prefix(o.Prefix), info.Revision, func(e *etcdsource.Event) error {
		k := sums[string(e.Key)]
		if k == nil {
			k = &streamed{class: classes.of(0, e.Key)}
			sums[string(e.Key)] = k
		}
		if k.class >= 0 {
			k.add(c, e, info.Compacted)
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	t := top{order: o.KeyOrder, most: max(o.Keys, 0)}
	for key, k := range sums {
		k.end(c)
		if o.Keys != 0 && k.class >= 0 {
			t.offer(Row{Name: key, Amount: k.sum, Prefix: key})
		}
	}
	t.order.Sort(t.rows)
	s.keys = t.rows
	s.join([]*counting{c})
	s.Storage.Stored, s.Storage.LiveStored = s.Total.Stored, s.Total.LiveStored
	return nil
}

// streamed is what is known of a key while its changes come.
type streamed struct {
	class int32
	last  *etcdsource.Record // counted when it is known whether it is live
	sum   Amount
}

// pageEntry is what a record takes in its page beside key and value: bbolt's entry, the revision, and the fields of etcd's message.
const pageEntry = 16 + 17 + 20

func (k *streamed) add(c *counting, e *etcdsource.Event, compacted int64) {
	k.count(c, false)
	k.last = &etcdsource.Record{Class: k.class, Key: e.Key, Value: e.Value, Mod: e.Mod, Deleted: e.Type == etcdsource.Deleted, Base: e.Kept && e.Type != etcdsource.Deleted && e.Mod <= compacted,
		Stored: int64(pageEntry + len(e.Key) + len(e.Value))}
}

// end counts the newest version of the key.
func (k *streamed) end(c *counting) { k.count(c, true) }

func (k *streamed) count(c *counting, newest bool) {
	r := k.last
	if r == nil {
		return
	}
	r.Live = newest && !r.Deleted
	a := amountOf(r)
	k.sum.add(&a)
	c.add(r)
}

// join adds up what was counted.
func (s *Survey) join(parts []*counting) {
	s.cells, s.fields = map[cell]*Amount{}, map[string]*Amount{}
	for _, c := range parts {
		for i := range c.sums {
			a := &c.sums[i]
			if *a == (Amount{}) {
				continue
			}
			classes, n := c.classes.at(i)
			id := classes.cells[n]
			if s.cells[id] == nil {
				s.cells[id] = &Amount{}
			}
			s.cells[id].add(a)
			s.Total.add(a)
		}
		for name, a := range c.fields {
			if s.fields[name] == nil {
				s.fields[name] = &Amount{}
			}
			s.fields[name].add(a)
		}
	}
}

// sized notes the estimate of a whole resource.
func (s *Survey) sized(resource string, live int64, v variance) {
	if s.resources == nil {
		s.resources = map[string]*Amount{}
	}
	s.resources[resource] = &Amount{Live: live, Margin: v.margin()}
}

// Rows returns the rows of a kind, the largest first; none of what was not surveyed.
func (s *Survey) Rows(by By) []Row {
	sums := map[string]*Row{}
	row := func(name string) *Row {
		if sums[name] == nil {
			sums[name] = &Row{Name: name}
		}
		return sums[name]
	}
	switch by {
	case ByResource:
		for id, a := range s.cells {
			row(id.resource).add(a)
		}
		for name, a := range s.resources {
			r := row(name)
			r.Live, r.Margin = a.Live, a.Margin
		}
	case ByNamespace:
		most, margins := map[string]int64{}, map[string]float64{}
		for id, a := range s.cells {
			r := row(id.namespace)
			r.add(a)
			margins[id.namespace] += float64(a.Margin) * float64(a.Margin)
			r.Margin = int64(math.Sqrt(margins[id.namespace]))
			if n := max(a.Live+a.Old, a.Keys); n > most[id.namespace] || n == most[id.namespace] && (r.Mostly == "" || id.resource < r.Mostly) {
				r.Mostly, most[id.namespace] = id.resource, n
			}
		}
	case ByField:
		for name, a := range s.fields {
			r := row(name)
			r.add(a)
			r.Margin = a.Margin
		}
	case ByKey:
		return slices.Clone(s.keys)
	}
	out := make([]Row, 0, len(sums))
	for _, r := range sums {
		out = append(out, *r)
	}
	OrderSize.Sort(out)
	return out
}
