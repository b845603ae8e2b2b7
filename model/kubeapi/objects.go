package kubeapi

import (
	"context"
	"encoding/json"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/unreadable"
)

// call is one request for objects.
type call struct {
	a   *API
	at  position
	c   *catalog
	t   *target
	o   options
	f   form
	rev int64 // at which is read; 0: now
}

// objects answers a get, a list or a watch.
func (a *API) objects(ctx context.Context, at position, c *catalog, r *Request, group, version string, rest []string) (*Answer, error) {
	t, err := c.targetOf(group, version, rest)
	if err != nil {
		return nil, err
	}
	q := &call{a: a, at: at, c: c, t: t}
	if q.o, err = readOptions(r.Query, t.watch); err != nil {
		return nil, err
	}
	if err := t.checkFields(&q.o); err != nil {
		return nil, err
	}
	single := t.name != "" && !q.o.watch
	as := []string{"Table", metav1.SchemeGroupVersion.Identifier()}
	if as[1] = "PartialObjectMetadata"; !single && !q.o.watch {
		as[1] = "PartialObjectMetadataList"
	}
	if q.f, err = forms(r.Accept, as...); err != nil {
		return nil, err
	}
	switch {
	case q.o.watch:
		return q.watch(ctx)
	case single:
		return q.get(ctx)
	}
	return q.list(ctx)
}

// readAt decides at which revision is read. A position that does not move shows its own, or an older one that is asked for
// exactly.
func (q *call) readAt(ctx context.Context) (err error) {
	o, top := &q.o, q.at.rev
	q.rev = top
	if o.rev <= 0 {
		return nil
	}
	if q.at.replay && o.rev > top {
		top = max(top, min(o.rev, q.a.Replay.Reached()))
		q.rev = top
	}
	if q.at.live() {
		if top, err = q.a.reached(ctx, o.rev); err != nil {
			return err
		}
	}
	if o.rev > top {
		return &etcdsource.FutureError{Revision: o.rev, Current: top}
	}
	if o.match == exact || o.match == "" && o.limit > 0 && q.t.name == "" {
		q.rev = o.rev
	}
	return nil
}

// reached returns the newest revision of a store that is being written; where a client names a newer one, after waiting for it.
func (a *API) reached(ctx context.Context, rev int64) (int64, error) {
	if s, ok := a.Source.(*Shared); ok {
		return s.Wait(ctx, rev)
	}
	info, err := a.Source.Describe(ctx)
	return info.Revision, err
}

// key is that of the object that the path names.
func (q *call) key(name string) []byte {
	return q.c.known.Kinds.Key(q.c.known.Root, q.t.res.Resource, q.t.namespace, name)
}

// keys returns the span of the list that the path names.
func (q *call) keys() etcdsource.Span {
	name, ns := q.t.name, q.t.namespace
	if s, ok := q.o.fields.RequiresExactMatch("metadata.name"); ok && name == "" {
		name = s
	}
	if s, ok := q.o.fields.RequiresExactMatch("metadata.namespace"); ok && ns == "" && q.t.res.Namespaced {
		ns = s
	}
	k := q.c.known
	span := etcdsource.Prefix(k.Kinds.Prefix(k.Root, q.t.res.Resource, ns))
	if name != "" && (ns != "" || !q.t.res.Namespaced) {
		span = etcdsource.Key(k.Kinds.Key(k.Root, q.t.res.Resource, ns, name))
	}
	span.Values = true
	return span
}

// item decodes an entry; nil for a key that is no object of the resource.
func (q *call) item(key, value []byte, mod int64) *item {
	ref, ok := q.c.known.Kinds.Locate(q.c.known.Root, key)
	if !ok || ref.Prefix != q.t.res.Prefix || ref.Root != q.t.res.Root {
		return nil
	}
	return &item{q.c.known.Decoder.Object(key, value, mod), ref}
}

// get answers with one object.
func (q *call) get(ctx context.Context) (*Answer, error) {
	if q.t.subresource != "" && !q.t.has(q.t.subresource) {
		return nil, noSubresource(q.t.subresource)
	}
	if err := q.readAt(ctx); err != nil {
		return nil, err
	}
	e, ok, err := etcdsource.Get(ctx, q.a.Source, q.key(q.t.name), q.rev)
	if err != nil {
		return nil, err
	}
	var it *item
	if ok {
		it = q.item(e.Key, e.Value, e.Mod)
	}
	if it == nil {
		return nil, apierrors.NewNotFound(q.t.res.groupResource(), q.t.name)
	}
	if s := q.t.res.scale(q.t.version); s != nil && q.t.subresource == "scale" {
		return q.scale(ctx, it, s.Spec, s.Status, s.Selector)
	}
	a, err := q.one(ctx, it)
	if err == nil {
		if fault, why := unreadable.Of(it.Object, it.ref); fault != unreadable.None {
			a.Header = map[string]string{"Warning": warning("etcdscope: " + why)}
		}
	}
	return a, err
}

// one is the answer with one object, in the form that was asked for.
func (q *call) one(ctx context.Context, it *item) (*Answer, error) {
	switch q.f.as {
	case "Table":
		t := q.table(ctx, []*item{it})
		b := t.begin(nil, it.Mod, "")
		b = append(t.row(b, it), "]}\n"...)
		return bytesAnswer(200, jsonType, b).in(q.f), nil
	case "PartialObjectMetadata":
		return bytesAnswer(200, jsonType, append(q.partial(nil, it), '\n')).in(q.f), nil
	}
	b, err := q.json(it)
	if err != nil {
		return nil, q.notAcceptable(it, err)
	}
	return bytesAnswer(200, jsonType, append(b, '\n')).in(q.f), nil
}

// has reports whether a subresource is served.
func (t *target) has(subresource string) bool {
	return subresource == "status" && t.res.hasStatus(t.version) || subresource == "scale" && t.res.scale(t.version) != nil
}

// scale is the autoscaling/v1 Scale of an object.
func (q *call) scale(ctx context.Context, it *item, spec, status, selector string) (*Answer, error) {
	tree := it.Tree(q.a.view(false))
	md, _ := tree["metadata"].(map[string]any)
	out := map[string]any{"kind": "Scale", "apiVersion": "autoscaling/v1"}
	meta := map[string]any{}
	for _, k := range []string{"name", "namespace", "uid", "resourceVersion", "creationTimestamp"} {
		if v, ok := md[k]; ok {
			meta[k] = v
		}
	}
	out["metadata"] = meta
	number := func(path string) json.Number {
		if s := columns.Field(tree, path); s != "" {
			return json.Number(s)
		}
		return "0"
	}
	st := map[string]any{"replicas": number(status)}
	if s := selectorText(tree, selector); s != "" {
		st["selector"] = s
	}
	out["spec"], out["status"] = map[string]any{"replicas": number(spec)}, st
	if q.f.as == "Table" {
		return valueAnswer(200, q.scaleTable(ctx, it, out, number(spec), number(status))).in(q.f), nil
	}
	return valueAnswer(200, out).in(q.f), nil
}

// selectorText is a selector as a text: it is stored as one, as labels, or as a LabelSelector.
func selectorText(tree map[string]any, path string) string {
	if path == "" {
		return ""
	}
	spec, _ := tree["spec"].(map[string]any)
	stored, _ := spec["selector"].(map[string]any)
	if path != ".spec.selector" || stored == nil {
		return columns.Field(tree, path)
	}
	_, labels := stored["matchLabels"]
	_, more := stored["matchExpressions"]
	if !labels && !more { // of a ReplicationController
		stored = map[string]any{"matchLabels": stored}
	}
	b, err := json.Marshal(stored)
	var s metav1.LabelSelector
	if err != nil || json.Unmarshal(b, &s) != nil {
		return ""
	}
	return metav1.FormatLabelSelector(&s)
}

// notAcceptable says that an object is stored in a version that cannot be served as the one that was asked for.
func (q *call) notAcceptable(it *item, why error) error {
	name := it.ref.Name
	if it.ref.Namespace != "" {
		name = it.ref.Namespace + "/" + name
	}
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: 406, Reason: metav1.StatusReasonNotAcceptable, Details: &metav1.StatusDetails{},
		Message: fmt.Sprintf("%s %s is stored as %s, and nothing is converted here: %v; ask for %s", q.t.res.Plural, name, it.APIVersion, why, it.APIVersion),
	}}
}
