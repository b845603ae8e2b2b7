package space

import (
	"cmp"
	"slices"
	"strings"
)

// Amount is how much of a store something takes. Bytes are those of values as they are stored.
type Amount struct {
	Keys       int64 // that exist
	Live       int64 // bytes of their values
	Old        int64 // bytes of the values of older versions, and of the versions of keys that were deleted
	Versions   int64 // stored versions, the live ones included
	Deletions  int64 // stored deletions
	Stored     int64 // bytes that all of it takes in the pages of the file
	LiveStored int64 // of these, what the live versions take: a compaction leaves them
	Managed    int64 // bytes of managedFields in Live
	Applied    int64 // bytes of the annotation last-applied in Live
	Base       int64 // bytes of the values that were live at the begin of the window
	Writes     int64 // changes in the window, deletions included
	Written    int64 // bytes of the values that were written in the window
	// Margin is how far Live may be off, in bytes, where it comes from a sample; the other bytes are not known then.
	Margin int64
}

// Growth is how many bytes more are live than at the begin of the window.
func (a *Amount) Growth() int64 { return a.Live - a.Base }

// add adds what another one takes.
func (a *Amount) add(o *Amount) {
	a.Keys, a.Live, a.Old, a.Versions, a.Deletions, a.Stored = a.Keys+o.Keys, a.Live+o.Live, a.Old+o.Old, a.Versions+o.Versions, a.Deletions+o.Deletions, a.Stored+o.Stored
	a.LiveStored += o.LiveStored
	a.Managed, a.Applied, a.Base, a.Writes, a.Written = a.Managed+o.Managed, a.Applied+o.Applied, a.Base+o.Base, a.Writes+o.Writes, a.Written+o.Written
}

// By is what the rows of a survey stand for.
type By string

// The kinds of rows.
const (
	ByResource  By = "resource"
	ByNamespace By = "namespace"
	ByKey       By = "key"
	ByField     By = "field"
	ByWriter    By = "writer"
)

// Kinds are the kinds of rows, in the order in which they are offered.
func Kinds() []By { return []By{ByResource, ByNamespace, ByKey, ByField, ByWriter} }

// Row is what one resource, namespace, key, field or writer takes.
type Row struct {
	Name string // as stored; of what lies in no namespace, or was written by nobody known, ""
	Amount
	Mostly string // of a namespace: the resource that takes most of it
	Prefix string // where its keys are, "" where they are in several places
	// Controller is what inside kube-controller-manager wrote, of a row by writer, "" where it is not known.
	Controller string
}

// Order is a column to sort rows by.
type Order string

// The orders.
const (
	OrderSize     Order = "size" // live and old bytes
	OrderLive     Order = "live"
	OrderHistory  Order = "history"
	OrderKeys     Order = "keys"
	OrderVersions Order = "revisions"
	OrderGrowth   Order = "growth"
	OrderName     Order = "name"
)

// Orders are all of them.
func Orders() []Order {
	return []Order{OrderSize, OrderLive, OrderHistory, OrderKeys, OrderVersions, OrderGrowth, OrderName}
}

// of is the number that an order sorts by, the largest first.
func (o Order) of(a *Amount) int64 {
	switch o {
	case OrderLive:
		return a.Live
	case OrderHistory:
		return a.Old
	case OrderKeys:
		return a.Keys
	case OrderVersions:
		return a.Versions
	case OrderGrowth:
		return a.Growth()
	case OrderName:
		return 0
	}
	return a.Live + a.Old
}

// compare says which of two rows comes first.
func (o Order) compare(a, b *Row) int {
	return cmp.Or(cmp.Compare(o.of(&b.Amount), o.of(&a.Amount)), cmp.Compare(b.Keys, a.Keys), strings.Compare(a.Name, b.Name))
}

// Sort sorts rows.
func (o Order) Sort(rows []Row) {
	slices.SortFunc(rows, func(a, b Row) int { return o.compare(&a, &b) })
}

// top keeps the first rows of an order.
type top struct {
	order Order
	most  int // 0: all
	rows  []Row
}

// wants reports whether a row of such an amount may be among the first, where rows come in the order of their names: then of
// two that are equal the first one stays.
func (t *top) wants(a *Amount) bool {
	if t.most == 0 || len(t.rows) < t.most {
		return true
	}
	last := &t.rows[len(t.rows)-1].Amount
	return cmp.Or(cmp.Compare(t.order.of(a), t.order.of(last)), cmp.Compare(a.Keys, last.Keys)) > 0
}

// mayWant is wants of OrderVersions as far as the number of versions says it: most keys of a store are done with by that.
func (t *top) mayWant(versions int64) bool {
	return len(t.rows) < t.most || versions >= t.rows[len(t.rows)-1].Versions
}

// offer takes a row, unless there are enough that come before it.
func (t *top) offer(r Row) {
	if t.most > 0 && len(t.rows) == t.most && t.order.compare(&r, &t.rows[len(t.rows)-1]) >= 0 {
		return
	}
	if t.most == 0 {
		t.rows = append(t.rows, r)
		return
	}
	i, _ := slices.BinarySearchFunc(t.rows, r, func(a, b Row) int { return t.order.compare(&a, &b) })
	t.rows = slices.Insert(t.rows, i, r)
	t.rows = t.rows[:min(len(t.rows), t.most)]
}

// joined is the first rows of some tops of one order.
func joined(parts []*top) *top {
	t := &top{order: parts[0].order, most: parts[0].most}
	for _, p := range parts {
		for _, r := range p.rows {
			t.offer(r)
		}
	}
	return t
}
