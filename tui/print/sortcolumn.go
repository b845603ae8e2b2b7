package print

import (
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/model/unreadable"
)

// columnsOf returns the columns of the table of an object's type, those of -o wide too.
func (s *store) columnsOf(o *decode.Object) ([]columns.Column, kinds.Ref) {
	ref, ok := s.Kinds.Locate(s.Root, o.Key)
	if !ok {
		return nil, ref
	}
	return columns.OfType(ref.Resource, o.APIVersion, true), ref
}

// byColumn brings objects of one type into the order of the column of their table that --sort-by names, as the screen does; it reports
// whether there is one.
func (s *selection) byColumn(list []picked) bool {
	if s.columnsOf == nil || len(list) == 0 || strings.ContainsAny(s.sortBy, ".{[") {
		return false
	}
	type sorting struct {
		picked
		cell columns.Cell
	}
	all, found := make([]sorting, len(list)), false
	for i, p := range list {
		all[i].picked = p
		cols, ref := s.columnsOf(p.object)
		switch n := slices.IndexFunc(cols, func(c columns.Column) bool { return strings.EqualFold(c.Head, s.sortBy) }); {
		case n >= 0:
			all[i].cell, found = columns.Row(cols, unreadable.Table(p.object, ref), p.object.Created)[n], true
		case strings.EqualFold(s.sortBy, "NAME") && !p.object.Token():
			all[i].cell, found = columns.Cell{Text: ref.Name}, true
		case strings.EqualFold(s.sortBy, "NAMESPACE"):
			all[i].cell, found = columns.Cell{Text: ref.Namespace}, true
		}
	}
	if !found {
		return false
	}
	slices.SortStableFunc(all, func(a, b sorting) int {
		if s.reverse {
			a, b = b, a
		}
		return columns.CompareCells(a.cell, b.cell)
	})
	for i := range all {
		list[i] = all[i].picked
	}
	return true
}
