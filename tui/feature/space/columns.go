package space

import (
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/model/space"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// column is one of the table.
type column struct {
	head   string
	number func(r *space.Row) int64              // that rows are sorted by
	cell   func(r *space.Row, most int64) string // most is what the row with the longest bar has
}

func none(*space.Row) int64 { return 0 }

// barWidth is the width of a row's bar.
const barWidth = 12

// bytesOf is a column of sizes.
func bytesOf(head string, of func(r *space.Row) int64) column {
	return column{head, of, func(r *space.Row, _ int64) string { return widget.Bytes(of(r)) }}
}

// numbersOf is a column of numbers.
func numbersOf(head string, of func(r *space.Row) int64) column {
	return column{head, of, func(r *space.Row, _ int64) string { return widget.Thousands(of(r)) }}
}

// columns are those that are known of the rows.
func (f *Feature) columns() []column {
	keys := numbersOf("KEYS", func(r *space.Row) int64 { return r.Keys })
	live := bytesOf("LIVE", func(r *space.Row) int64 { return r.Live })
	if !f.v.AtHand() { // of what belongs to no resource no value is read
		live.cell = func(r *space.Row, _ int64) string {
			if f.seen.survey != nil && f.seen.survey.Unknown(r) {
				return "?"
			}
			return widget.Bytes(r.Live)
		}
	}
	list := []column{{strings.ToUpper(string(f.by)), none, func(r *space.Row, _ int64) string { return f.name(r) }},
		{"SHARE", f.weight, func(r *space.Row, most int64) string {
			return widget.Gauge(float64(f.weight(r))/float64(most), barWidth, f.v.Panes.Style.Theme)
		}}}
	mostly := column{"MOSTLY", none, func(r *space.Row, _ int64) string { return clean.Key([]byte(r.Mostly)) }}
	exact := f.v.AtHand()
	switch {
	case !exact && f.seen.survey == nil:
		list = append(list, keys)
	case !exact:
		margin := bytesOf("±", func(r *space.Row) int64 { return r.Margin })
		margin.cell = func(r *space.Row, _ int64) string {
			if f.seen.survey.Unknown(r) {
				return ""
			}
			return widget.Bytes(r.Margin)
		}
		list = append(list, keys, live, margin)
		if f.by == space.ByResource {
			list = append(list, bytesOf("MANAGEDFIELDS", func(r *space.Row) int64 { return r.Managed }))
		}
	default:
		if f.by != space.ByKey {
			list = append(list, keys)
		}
		list = append(list, live, bytesOf("HISTORY", func(r *space.Row) int64 { return r.Old }), numbersOf("REVISIONS", func(r *space.Row) int64 { return r.Versions }))
		if f.by != space.ByKey {
			list = append(list, f.rates()...)
		}
	}
	if f.by == space.ByNamespace {
		list = append(list, mostly)
	}
	return list
}

// rates are the columns about what is written.
func (f *Feature) rates() (list []column) {
	list = append(list, column{"GROWTH", (*space.Row).Growth, func(r *space.Row, _ int64) string {
		if g := r.Growth(); g < 0 {
			return "-" + widget.Bytes(-g)
		}
		return widget.Bytes(r.Growth())
	}})
	if f.seen.span > 0 {
		hours := f.seen.span.Hours()
		list = append(list, numbersOf("WRITES/H", func(r *space.Row) int64 { return int64(float64(r.Writes)/hours + 0.5) }),
			bytesOf("BYTES/H", func(r *space.Row) int64 { return int64(float64(r.Written) / hours) }))
	}
	return append(list, bytesOf("MANAGEDFIELDS", func(r *space.Row) int64 { return r.Managed }))
}

// sortColumn is the column that rows are sorted by at first: the bar says the same.
func (f *Feature) sortColumn(list []column) int {
	for i, c := range list {
		if c.head == "SHARE" {
			return i
		}
	}
	return 0
}
