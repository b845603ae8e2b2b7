package events

import (
	"slices"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/learn"
)

// Attributed describes Events as changes that were made when they happened last, in that order.
func Attributed(from *learn.Opened, v decode.View, list []Event) []attribution.Attributed {
	last := map[string]*Event{}
	engine := attribution.New(attribution.Options{Root: from.Root})
	memory := change.NewMemory(from.Decoder, from.Kinds, from.Root, v, change.MemoryBounds{Bytes: 1 << 20, Objects: 64})
	inOrder := slices.Clone(list)
	slices.SortFunc(inOrder, func(a, b Event) int { return int(a.Stored.Mod - b.Stored.Mod) })
	var out []attribution.Attributed
	for i := range inOrder {
		e := &inOrder[i]
		last[string(e.Stored.Key)] = e
		engine.Add(memory.Describe(nil, &e.Stored))
		out = append(out, engine.Take(false)...)
	}
	out = append(out, engine.Take(true)...)
	for i := range out {
		e := last[string(out[i].Key)]
		out[i].Verdict.Time, out[i].Verdict.TimeFrom = e.Last, "event"
		out[i].Verdict.Lo, out[i].Verdict.Hi = e.First, e.Last
	}
	slices.SortStableFunc(out, func(a, b attribution.Attributed) int { return a.Verdict.Time.Compare(b.Verdict.Time) })
	return out
}
