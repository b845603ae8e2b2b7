package learn

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// A root is found by what is below it, at any depth: keys that have the form of an object's key, and values that say
// that they are that object. From each folder the first key is looked at, and what is behind the folder next, so that
// the number of reads depends on the number of folders, not on that of keys:
//
//	/calico/ipam/…          no object                ─► skip /calico/
//	/k8s/prod-eu/configmaps/kube-system/…  a ConfigMap below /k8s/prod-eu/ ─► a root; skip it
//	/registry/pods/default/x  no Pod in it           ─► skip /registry/, look into its folders later
//
// A running cluster is asked few things: the usual roots first, and no more when one of them has a kube-system. Before 3.7 it
// counts all keys of a span to answer with the first one: so what was read is kept, and the search ends when it has had about
// two times all keys counted.

const (
	// quickReads is how many requests a running cluster gets before something is shown.
	quickReads = 8
	// liveReads is how many it gets in all; the rest is left out.
	liveReads = 64
	// fileReads bounds the search in a file.
	fileReads = 5000
	// maxRootSegments bounds how deep a root may be.
	maxRootSegments = 6
	// liveKeys is how many keys it counts for it, or two times those of the largest span that was read, if that is more.
	liveKeys = 300_000
	// liveAhead is how many keys of a folder one read of it gets.
	liveAhead = 20
	// maxSiblings bounds the folders of one folder that are looked at.
	maxSiblings = 200
)

// evidence is what speaks for a root.
type evidence struct {
	root    string
	sure    bool  // it has the namespace kube-system, as each cluster
	cluster bool  // it has namespaces or nodes
	folders int   // of known resources
	members int   // namespaces and nodes
	keys    int64 // of files only
}

// more orders by evidence, the most first.
func more(a, b evidence) int {
	return cmp.Or(yes(b.sure)-yes(a.sure), yes(b.cluster)-yes(a.cluster), cmp.Compare(b.folders, a.folders), cmp.Compare(b.members, a.members),
		cmp.Compare(b.keys, a.keys), yes(b.root == kinds.DefaultRoot)-yes(a.root == kinds.DefaultRoot), cmp.Compare(a.root, b.root))
}

func yes(b bool) int {
	if b {
		return 1
	}
	return 0
}

// scan is one search for roots.
type scan struct {
	ctx   context.Context
	src   etcdsource.Source
	at    etcdsource.At
	dec   *decode.Decoder
	left  int  // requests that may still be made
	live  bool // it serves somebody else
	found map[string]*evidence
	had   had
	// last is the page that was read last, of the keys from from up to to.
	last     *etcdsource.Page
	from, to []byte
}

func newScan(ctx context.Context, src etcdsource.Source, info *etcdsource.Info) *scan {
	s := &scan{ctx: ctx, src: src, live: info.Spare, left: fileReads, dec: decode.New(decode.Options{}), found: map[string]*evidence{}}
	if s.live {
		s.left = liveReads
		s.at.Revision = info.Revision // else each read would ask for the revision first
	}
	return s
}

// roots returns the roots of a store, the one with the most evidence first.
func (s *scan) roots() (roots []string, err error) {
	for _, r := range kinds.UsualRoots() {
		if _, err := s.sure(r); err != nil {
			return nil, err
		}
	}
	if err := s.walk(false, "/", ""); err != nil { // nearly all roots are below "/"
		return nil, err
	}
	if err := s.nested(); err != nil {
		return nil, err
	}
	return s.ranked(), nil
}

// nested looks for roots within those of a file that were found, in their folders that are neither of a resource nor of an API
// group. Only namespaces or nodes make one.
func (s *scan) nested() error {
	if s.live {
		return nil
	}
	outer := slices.Sorted(maps.Keys(s.found))
	for _, root := range outer {
		dirs, err := folders(s.ctx, s.src, root)
		if err != nil {
			return err
		}
		dirs = slices.DeleteFunc(dirs, func(d string) bool {
			return s.found[d] != nil || strings.Contains(d[len(root):], ".") || kinds.Known(d[len(root):])
		})
		if err := s.walk(false, dirs...); err != nil {
			return err
		}
	}
	maps.DeleteFunc(s.found, func(r string, v *evidence) bool { return !v.cluster && !slices.Contains(outer, r) })
	return nil
}

// certain reports whether a root was found that is surely a cluster's.
func (s *scan) certain() bool {
	for _, v := range s.found {
		if v.sure {
			return true
		}
	}
	return false
}

func (s *scan) note(root string) *evidence {
	if s.found[root] == nil {
		s.found[root] = &evidence{root: root}
	}
	return s.found[root]
}

// walk looks through folders, those at the top first; quick ends it as said there.
func (s *scan) walk(quick bool, todo ...string) error {
	seen := map[string]bool{}
	for ; len(todo) > 0; todo = todo[1:] {
		if seen[todo[0]] {
			continue
		}
		seen[todo[0]] = true
		span := etcdsource.Prefix(todo[0])
		for n := 0; n < maxSiblings && s.left > 0; n++ {
			e, err := s.next(&span)
			if e == nil || err != nil {
				if err != nil {
					return err
				}
				break
			}
			behind, enough, err := s.look(e, todo[0], quick)
			switch {
			case err != nil || enough:
				return err
			case behind != "": // what lies in a root is looked at by nested alone
				todo = append(todo[:1], slices.DeleteFunc(todo[1:], func(d string) bool { return strings.HasPrefix(d, behind) })...)
			default:
				behind = below(todo[0], e.Key)
				if strings.HasSuffix(behind, "/") && strings.Count(behind, "/") <= maxRootSegments {
					todo = append(todo, behind)
				}
			}
			if span.From = past(behind); span.From == nil || !span.Open() && bytes.Compare(span.From, span.To) >= 0 {
				break
			}
		}
	}
	return nil
}

// next reads the first entry of a span that is below no known root, nil where there is none. A server counts all that is
// in a range: so a range never reaches over a root that was found.
func (s *scan) next(span *etcdsource.Span) (*etcdsource.Entry, error) {
	var within []string
	for r := range s.found {
		if span.Contains([]byte(r)) {
			within = append(within, r)
		}
	}
	slices.Sort(within)
	for _, r := range within {
		before := etcdsource.Span{From: span.From, To: []byte(r)}
		if bytes.Compare(before.From, before.To) < 0 {
			if e, err := s.ahead(before); e != nil || err != nil {
				return e, err
			}
		}
		if span.From = past(r); span.From == nil || !span.Open() && bytes.Compare(span.From, span.To) >= 0 {
			return nil, nil
		}
	}
	return s.ahead(*span)
}

// below returns the step from a folder towards a key: a folder, or the key itself.
func below(folder string, key []byte) string {
	if i := bytes.IndexByte(key[len(folder):], '/'); i >= 0 {
		return string(key[:len(folder)+i+1])
	}
	return string(key)
}

// past returns the first key behind all that begins with a folder, or behind a key; nil where nothing can be.
func past(step string) []byte {
	if !strings.HasSuffix(step, "/") {
		return append([]byte(step), 0)
	}
	if end := etcdsource.Prefix(step).To; !bytes.Equal(end, etcdsource.Everything) {
		return end
	}
	return nil
}

// rootOf returns the root, in a folder or the folder itself, below which an entry is an object; "" for none.
func (s *scan) rootOf(e *etcdsource.Entry, folder string) (string, error) {
	var value *etcdsource.Entry
	for _, shape := range kinds.Shapes(e.Key) {
		if len(shape.Root) < len(folder) {
			continue
		}
		if s.found[shape.Root] != nil {
			return shape.Root, nil
		}
		if !shape.Ref.Custom {
			if is, err := s.namespaces(shape.Root); err != nil || is {
				return shape.Root, err
			}
		}
		if value == nil {
			var err error
			if value, err = s.first(etcdsource.Key(e.Key), true); err != nil || value == nil {
				return "", err
			}
		}
		if !s.holds(shape, value) {
			continue
		}
		if !shape.Ref.Custom {
			return shape.Root, s.weigh(shape.Root)
		}
		// Others keep their objects in this form too (Calico): only namespaces make it a root.
		if is, err := s.namespaces(shape.Root); err != nil || is {
			return shape.Root, err
		}
	}
	return "", nil
}

// fewNamespaces is how many namespaces are looked at.
const fewNamespaces = 10

// namespaces reports whether there are namespaces below a root, and whether kube-system is among them.
func (s *scan) namespaces(root string) (bool, error) {
	span := etcdsource.Prefix(root + "namespaces/")
	span.Limit, span.Values = fewNamespaces, true
	page, err := s.page(span)
	if err != nil {
		return false, err
	}
	is := false
	for i := range page.Entries {
		if e := &page.Entries[i]; s.is(root, e) {
			is = true
			v := s.note(root)
			v.cluster, v.sure = true, v.sure || string(e.Key) == root+"namespaces/kube-system"
		}
	}
	if is && page.More && !s.found[root].sure {
		_, err = s.sure(root)
	}
	return is, err
}

// is reports whether an entry is an object below a root.
func (s *scan) is(root string, e *etcdsource.Entry) bool {
	return slices.ContainsFunc(kinds.Shapes(e.Key), func(shape kinds.Shape) bool { return shape.Root == root && s.holds(shape, e) })
}

// holds reports whether a value is the object that its key would be below a root.
func (s *scan) holds(shape kinds.Shape, e *etcdsource.Entry) bool {
	o := s.dec.Object(e.Key, e.Value, e.Mod)
	switch {
	case o.Encryption.Provider != "":
		return !shape.Ref.Custom
	case !o.IsKubernetes():
		return false
	case shape.Ref.Kind == "":
		return o.Group == shape.Ref.Group
	}
	return o.Kind == shape.Ref.Kind
}

// weigh notes a root without namespaces, and whether there are nodes below it.
func (s *scan) weigh(root string) error {
	v := s.note(root)
	e, err := s.first(etcdsource.Prefix(root+"minions/"), true)
	v.cluster = e != nil && s.is(root, e)
	return err
}

// ranked returns the roots in the order of their evidence.
func (s *scan) ranked() (roots []string) {
	var all []evidence
	for _, v := range s.found {
		all = append(all, *v)
	}
	if len(all) > 1 && !s.live {
		for i := range all {
			s.count(&all[i])
		}
		once(all)
	}
	slices.SortFunc(all, more)
	for i := range all {
		roots = append(roots, all[i].root)
	}
	return roots
}

// once takes the keys of roots that lie within others off these: each key belongs to the innermost.
func once(all []evidence) {
	slices.SortFunc(all, func(a, b evidence) int { return cmp.Compare(len(b.root), len(a.root)) })
	for i := range all {
		inner := all[i].keys
		for j := i + 1; j < len(all) && inner > 0; j++ {
			if strings.HasPrefix(all[i].root, all[j].root) {
				all[j].keys -= inner // those around it counted them too
			}
		}
	}
}

// count counts what is below a root of a file. What cannot be counted is not counted.
func (s *scan) count(v *evidence) {
	if dirs, err := folders(s.ctx, s.src, v.root); err == nil {
		for _, d := range dirs {
			v.folders += yes(kinds.Known(strings.TrimPrefix(d, v.root)))
		}
	}
	for _, dir := range []string{"namespaces/", "minions/"} {
		if n, err := s.src.Count(s.ctx, etcdsource.Prefix(v.root+dir), s.at); err == nil {
			v.members += int(n)
		}
	}
	v.keys, _ = s.src.Count(s.ctx, etcdsource.Prefix(v.root), s.at)
}
