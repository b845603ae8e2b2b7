package kubeapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/yaml"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// pages reads entries page by page, all at one revision.
type pages struct {
	src     ranger
	span    etcdsource.Span
	rev     int64 // 0 until the first page of a store that is being written
	entries []etcdsource.Entry
	more    bool
}

// ranger is what pages are read from: a source, or what is known of a store that is being written.
type ranger interface {
	Range(context.Context, etcdsource.Span, etcdsource.At) (etcdsource.Page, error)
}

// firstPage is how many objects are read before anything is sent.
const firstPage = 20

// open reads the first page.
func (p *pages) open(ctx context.Context) error {
	p.span.Limit = firstPage
	if err := p.read(ctx); err != nil {
		return err
	}
	p.span.Limit = 0
	return nil
}

func (p *pages) read(ctx context.Context) error {
	page, err := p.src.Range(ctx, p.span, etcdsource.At{Revision: p.rev})
	if err != nil {
		return err
	}
	if p.rev == 0 {
		p.rev = page.Revision
	}
	p.entries, p.more = page.Entries, page.More && len(page.Entries) > 0
	if p.more {
		p.span = p.span.After(page.Entries[len(page.Entries)-1].Key)
	}
	return nil
}

// next returns the next entry; nil behind the last one.
func (p *pages) next(ctx context.Context) (*etcdsource.Entry, error) {
	for len(p.entries) == 0 {
		if !p.more {
			return nil, nil
		}
		if err := p.read(ctx); err != nil {
			return nil, err
		}
	}
	e := &p.entries[0]
	p.entries = p.entries[1:]
	return e, nil
}

// lister writes a list while it is read.
type lister struct {
	*call
	pages
	prefix string // of the keys, for the continue token
	n      int64  // objects that were written
	b      []byte
}

// list answers with a list, of which the first page is read before anything is said.
func (q *call) list(ctx context.Context) (*Answer, error) {
	if err := q.readAt(ctx); err != nil {
		return nil, err
	}
	span := q.keys()
	l := &lister{call: q, pages: pages{src: q.a.Source, span: span, rev: q.rev}}
	k := q.c.known
	l.prefix = k.Kinds.Prefix(k.Root, q.t.res.Resource, "")
	if q.o.cont != "" {
		if err := l.resume(ctx); err != nil {
			return nil, err
		}
	}
	if err := l.start(ctx); err != nil {
		return nil, l.expired(err)
	}
	if err := l.acceptable(); err != nil {
		return nil, err
	}
	a := &Answer{Code: 200, Type: jsonType, Body: l.write}
	if q.f.yaml {
		a.Type, a.Body = yamlType, l.writeYAML
	}
	return a, nil
}

// start reads the first page: of now from what all clients share, where that is known.
func (l *lister) start(ctx context.Context) error {
	if s, ok := l.a.Source.(*Shared); ok && l.pages.rev == 0 && !l.span.Single() {
		state, err := s.State(ctx, l.prefix)
		if err != nil {
			return err
		}
		if state != nil && state.rev >= l.o.rev { // else the watch is behind what the client knows
			l.src = state
		}
	}
	return l.open(ctx)
}

// resume goes on where a token says.
func (l *lister) resume(ctx context.Context) error {
	t, err := readToken(l.o.cont)
	if err != nil {
		return err
	}
	from := []byte(l.prefix + t.Start)
	if !l.span.Single() && bytes.Compare(from, l.span.From) > 0 {
		l.span.From = from
	}
	if !l.span.Single() && bytes.Compare(l.span.From, l.span.To) >= 0 {
		return apierrors.NewBadRequest("continue key is not valid: it lies behind the list")
	}
	if t.Revision == -1 {
		return nil
	}
	if top := l.at.rev; top > 0 && t.Revision > top && !l.at.replay {
		return apierrors.NewBadRequest("continue key is not valid: it is of a later revision")
	}
	l.pages.rev = t.Revision
	l.call.rev = t.Revision
	return nil
}

// expired says of a list that cannot be gone on with how to get the rest all the same.
func (l *lister) expired(err error) error {
	var compacted *etcdsource.CompactedError
	if l.o.cont == "" || !errors.As(err, &compacted) {
		return err
	}
	t, _ := readToken(l.o.cont) // it was read before
	e := apierrors.NewResourceExpired("The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
		"the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token " +
		"results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.")
	t.Revision = -1
	e.ErrStatus.ListMeta.Continue = t.String()
	return e
}

// acceptable checks of the first page that the stored version can be served as the one that was asked for.
func (l *lister) acceptable() error {
	if l.f.as != "" {
		return nil
	}
	for i := range l.entries {
		e := &l.entries[i]
		it := l.item(e.Key, e.Value, e.Mod)
		if it == nil || it.APIVersion == l.t.apiVersion() || !l.o.matches(it) {
			continue
		}
		if _, err := l.json(it); err != nil {
			return l.notAcceptable(it, err)
		}
	}
	return nil
}

// following returns the next object that is selected; nil behind the last one.
func (l *lister) following(ctx context.Context) (*item, error) {
	for {
		e, err := l.next(ctx)
		if e == nil || err != nil {
			return nil, err
		}
		if it := l.item(e.Key, e.Value, e.Mod); it != nil && l.o.matches(it) {
			return it, nil
		}
	}
}

// each calls f for the objects of the list, and returns the token for its rest, "" where there is none.
func (l *lister) each(ctx context.Context, f func(*item) error) (string, error) {
	var last []byte
	for {
		if l.o.limit > 0 && l.n == l.o.limit {
			e, err := l.next(ctx)
			if e == nil || err != nil {
				return "", err
			}
			return token{Revision: l.pages.rev, Start: string(last[len(l.prefix):]) + "\x00"}.String(), nil
		}
		it, err := l.following(ctx)
		if it == nil || err != nil {
			return "", err
		}
		if err := f(it); err != nil {
			return "", err
		}
		last = it.Key
		l.n++
	}
}

// write writes the list as JSON. What follows it is known only behind its objects, so the metadata comes behind them.
func (l *lister) write(ctx context.Context, w Writer) error {
	add := l.begin
	if l.f.as == "Table" {
		add = l.beginTable
	}
	one := add(ctx)
	cont, err := l.each(ctx, func(it *item) error {
		if l.n > 0 {
			l.b = append(l.b, ',')
		}
		one(it)
		return l.send(w)
	})
	if err != nil {
		return err
	}
	l.b = append(l.b, `],"metadata":{"resourceVersion":"`...)
	l.b = append(strconv.AppendInt(l.b, l.pages.rev, 10), '"')
	l.b = append(append(l.b, l.rest(cont)...), "}}\n"...)
	return l.send(w)
}

// begin appends a list up to its first object, and returns what appends an object.
func (l *lister) begin(context.Context) func(*item) {
	kind, version := l.kind()
	l.b = append(l.b[:0], `{"kind":`...)
	l.b = append(appendText(l.b, kind), `,"apiVersion":`...)
	l.b = append(appendText(l.b, version), `,"items":[`...)
	if l.f.as != "" {
		return func(it *item) { l.b = l.partial(l.b, it) }
	}
	return func(it *item) { l.b = append(l.b, l.anyJSON(it)...) }
}

// beginTable appends a Table up to its first row, and returns what appends a row.
func (l *lister) beginTable(ctx context.Context) func(*item) {
	var first []*item
	for i := range l.entries {
		if e := &l.entries[i]; l.t.res.Kind == "StorageClass" || i < 1 {
			if it := l.item(e.Key, e.Value, e.Mod); it != nil {
				first = append(first, it)
			}
		}
	}
	t := l.call.table(ctx, first)
	l.b = append(l.b[:0], `{"kind":"Table","apiVersion":"meta.k8s.io/`+l.metaVersion()+`","columnDefinitions":`...)
	l.b = append(append(l.b, t.head()...), `,"rows":[`...)
	return func(it *item) {
		if t.class != nil && bytes.Equal(it.Key, t.class.Key) {
			it = t.class
		}
		l.b = t.row(l.b, it)
	}
}

// kind is the kind of the list and its apiVersion.
func (l *lister) kind() (kind, version string) {
	if l.f.as != "" {
		return l.f.as, "meta.k8s.io/" + l.metaVersion()
	}
	return l.t.res.listKind(), l.t.apiVersion()
}

// send writes what was put together.
func (l *lister) send(w Writer) error {
	_, err := w.Write(l.b)
	l.b = l.b[:0]
	return err
}

// rest is how the metadata of a list says that there is more.
func (l *lister) rest(cont string) string {
	if cont == "" {
		return ""
	}
	return fmt.Sprintf(`,"continue":%q`, cont)
}

// writeYAML writes the list as YAML, an object at a time.
func (l *lister) writeYAML(ctx context.Context, w Writer) error {
	if l.f.as == "Table" {
		return (&Answer{Type: jsonType, Body: l.write}).in(l.f).Body(ctx, w)
	}
	kind, version := l.kind()
	l.b = append(l.b[:0], "apiVersion: "+version+"\nitems:\n"...)
	cont, err := l.each(ctx, func(it *item) error {
		b := l.anyJSON(it)
		if l.f.as != "" {
			b = l.partial(nil, it)
		}
		doc, err := yaml.JSONToYAML(b)
		if err != nil {
			return err
		}
		doc = bytes.ReplaceAll(bytes.TrimSuffix(doc, []byte("\n")), []byte("\n"), []byte("\n  "))
		l.b = append(append(append(l.b, "- "...), doc...), '\n')
		return l.send(w)
	})
	if err != nil {
		return err
	}
	if l.n == 0 {
		l.b = append(bytes.TrimSuffix(l.b, []byte("\n")), " []\n"...)
	}
	l.b = append(l.b, "kind: "+kind+"\nmetadata:\n  resourceVersion: \""+strconv.FormatInt(l.pages.rev, 10)+"\"\n"...)
	if cont != "" {
		l.b = append(l.b, "  continue: "+cont+"\n"...)
	}
	return l.send(w)
}
