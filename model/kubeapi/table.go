package kubeapi

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/model/unreadable"
)

// tables writes Tables of a resource.
type tables struct {
	q         *call
	columns   []columns.Column
	defined   []definition                // of the columns
	byVersion map[string][]columns.Column // of custom resources that are stored in another version
	now       time.Time                   // that ages count to
	class     *item                       // the storage class that is the default one, nil for none
}

// table returns what writes the rows of the first items and all that follow.
func (q *call) table(ctx context.Context, first []*item) *tables {
	r := q.t.res.Resource
	t := &tables{q: q, columns: columns.OfType(r, r.APIVersion(), true), byVersion: map[string][]columns.Column{}, now: q.a.now(ctx, q.rev)}
	t.defined = q.t.res.definitions(t.columns)
	if t.now.IsZero() {
		for _, it := range first {
			if it.Created.After(t.now) {
				t.now = it.Created
			}
		}
	}
	for _, it := range first {
		if columns.IsDefaultClass(it.Group, it.Kind, it.Table()) && (t.class == nil || columns.Younger(it.Created, it.Name, t.class.Created, t.class.Name)) {
			t.class = it
		}
	}
	return t
}

// now is the time that ages count to: that of the store, at a revision.
func (a *API) now(ctx context.Context, rev int64) time.Time {
	if rev == 0 {
		if info, err := a.Source.Describe(ctx); err == nil && !info.Spare && !info.Now.IsZero() {
			return info.Now // the demo has a time of its own
		}
		return time.Now()
	}
	a.mu.Lock()
	at, ok := a.times[rev]
	a.mu.Unlock()
	if ok {
		return at
	}
	at = a.Known.Moment(ctx, a.Source, rev)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.times == nil || len(a.times) > maxMoments {
		a.times = map[int64]time.Time{}
	}
	a.times[rev] = at
	return at
}

// begin appends a Table up to its first row.
func (t *tables) begin(b []byte, rev int64, more string) []byte {
	b = append(b, `{"kind":"Table","apiVersion":"meta.k8s.io/`+t.q.metaVersion()+`","metadata":{"resourceVersion":"`...)
	b = append(strconv.AppendInt(b, rev, 10), '"')
	b = append(append(b, more...), `},"columnDefinitions":`...)
	return append(append(b, t.head()...), `,"rows":[`...)
}

// head are the definitions of all columns.
func (t *tables) head() []byte {
	var out []definition
	if columns.HasName(t.q.t.res.Resource) {
		out = append(out, definition{Name: "Name", Type: "string", Format: "name", Description: "the name of the object"})
		if t.q.t.res.Kind == "StorageVersionMigration" {
			out[0].Format = ""
		}
	}
	b, err := json.Marshal(append(out, t.defined...))
	if err != nil { // of texts and numbers
		return []byte("[]")
	}
	return b
}

// row appends the row of an object.
func (t *tables) row(b []byte, it *item) []byte {
	tree := unreadable.Table(it.Object, it.ref)
	b = append(b, `{"cells":[`...)
	if columns.HasName(t.q.t.res.Resource) {
		name := it.ref.Name + columns.Mark(it.Group, it.Kind, tree)
		if it.Token() && !t.q.a.Reveal {
			name = decode.Mask
		}
		if it == t.class {
			name += " (default)"
		}
		b = append(appendText(b, name), ',')
	}
	for i, c := range columns.Row(t.of(it), tree, it.Created) {
		b = append(t.defined[i].appendCell(b, c.At(t.now)), ',')
	}
	b = append(b[:len(b)-1], ']')
	switch t.q.o.include {
	case "None":
	case "Object":
		b = append(append(b, `,"object":`...), t.q.anyJSON(it)...)
	default:
		b = append(b, `,"object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/`+t.q.metaVersion()+`","metadata":`...)
		b = append(append(b, t.q.metadata(it, false)...), '}')
	}
	return append(b, '}')
}

// scaleTable is the Table of a Scale, with the columns that the API server has for it.
func (q *call) scaleTable(ctx context.Context, it *item, scale map[string]any, desired, available json.Number) map[string]any {
	age := "<unknown>"
	if !it.Created.IsZero() {
		age = columns.Cell{Since: it.Created}.At(q.a.now(ctx, q.rev))
	}
	row := map[string]any{"cells": []any{it.ref.Name, desired, available, age}}
	switch q.o.include {
	case "None":
	case "Object":
		row["object"] = scale
	default:
		row["object"] = map[string]any{"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/" + q.metaVersion(), "metadata": scale["metadata"]}
	}
	return map[string]any{
		"kind": "Table", "apiVersion": "meta.k8s.io/" + q.metaVersion(), "metadata": map[string]any{"resourceVersion": strconv.FormatInt(it.Mod, 10)},
		"columnDefinitions": []definition{{Name: "Name", Type: "string"}, {Name: "Desired", Type: "integer"}, {Name: "Available", Type: "integer"}, {Name: "Age", Type: "string"}},
		"rows":              []any{row},
	}
}

// of are the columns as the version of an object fills them.
func (t *tables) of(it *item) []columns.Column {
	r := t.q.t.res.Resource
	if !r.Custom || it.APIVersion == "" {
		return t.columns
	}
	cols, ok := t.byVersion[it.APIVersion]
	if !ok {
		cols = columns.Matching(t.columns, columns.Of(r, it.APIVersion, true))
		t.byVersion[it.APIVersion] = cols
	}
	return cols
}

// appendText appends a text as JSON.
func appendText(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			js, _ := json.Marshal(s) // of a text
			return append(b, js...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
