package kinds

import (
	"fmt"
	"slices"
	"strings"
)

// Target is what the arguments of a command name: one key, or all keys that begin with a prefix.
type Target struct {
	Key    []byte // the key; nil for a prefix
	Prefix string // "" with Key nil: everything
	// Ref is filled as far as the arguments say: nothing for a raw key outside the root, no Name for a whole type.
	Ref Ref
	// Typed reports that the arguments named a type, so that the key or prefix was made, not given.
	Typed bool
}

// Parse reads the ways of naming objects: keys, TYPE, TYPE/NAME, TYPE NAME…, several types with commas, each also with
// a namespace; no type at all with a namespace means everything in that namespace. Without a namespace a namespaced
// type is looked for in "default", as kubectl does, unless all is set. What begins with a slash, and what no type is
// known for, is a key; one that ends in a slash is a prefix as well, and has both fields set.
func (t *Table) Parse(args []string, ns string, all bool, root string) ([]Target, error) {
	if len(args) == 0 {
		return t.wholesale(ns, root), nil
	}
	types, ok := t.types(args[0])
	if !ok {
		return t.each(args, ns, all, root)
	}
	if len(args) == 1 {
		return t.ofTypes(types, ns, all, root), nil
	}
	var out []Target
	for _, r := range types { // each name is looked for in each type, as kubectl does
		if r.Namespaced && all {
			return nil, fmt.Errorf("read %q: an object cannot be named across all namespaces; use -n NAMESPACE", args[1])
		}
		for _, name := range args[1:] {
			if strings.Contains(name, "/") {
				return nil, fmt.Errorf("read %q: a name holds no slash; write TYPE NAME… or TYPE/NAME…", name)
			}
			out = append(out, t.named(r, ns, name, root))
		}
	}
	return out, nil
}

// types reads "pods", "deploy,svc".
func (t *Table) types(arg string) (out []Resource, ok bool) {
	if strings.Contains(arg, "/") {
		return nil, false
	}
	for _, a := range strings.Split(arg, ",") {
		r, ok := t.Find(a)
		if !ok {
			return nil, false
		}
		out = append(out, r)
	}
	return out, true
}

// each reads arguments that each stand for themselves: keys and TYPE/NAME.
func (t *Table) each(args []string, ns string, all bool, root string) ([]Target, error) {
	var out []Target
	typed := slices.ContainsFunc(args, func(a string) bool {
		typ, name, ok := strings.Cut(a, "/")
		_, is := t.Find(typ)
		return ok && is && name != "" && !strings.Contains(name, "/")
	})
	for _, a := range args {
		if _, is := t.Find(a); is && typed {
			return nil, fmt.Errorf("read %q: it is a type, and beside TYPE/NAME each argument is a TYPE/NAME or a KEY; give it alone, or name an object of it", a)
		}
		if typ, name, ok := strings.Cut(a, "/"); ok && name != "" && !strings.Contains(name, "/") {
			if r, ok := t.Find(typ); ok {
				if r.Namespaced && all {
					return nil, fmt.Errorf("read %q: an object cannot be named across all namespaces; use -n NAMESPACE", a)
				}
				out = append(out, t.named(r, ns, name, root))
				continue
			}
		}
		tg := Target{Key: []byte(a)}
		tg.Ref, _ = t.Locate(root, tg.Key)
		if strings.HasSuffix(a, "/") {
			tg.Prefix = a
		}
		out = append(out, tg)
	}
	return out, nil
}

func (t *Table) named(r Resource, ns, name, root string) Target {
	if !r.Namespaced {
		ns = ""
	} else if ns == "" {
		ns = "default"
	}
	return Target{Key: t.Key(root, r, ns, name), Ref: Ref{r, ns, name}, Typed: true}
}

func (t *Table) ofTypes(types []Resource, ns string, all bool, root string) []Target {
	var out []Target
	for _, r := range types {
		in := ns
		switch {
		case !r.Namespaced || all:
			in = ""
		case in == "":
			in = "default"
		}
		out = append(out, Target{Prefix: t.Prefix(root, r, in), Ref: Ref{r, in, ""}, Typed: true})
	}
	return out
}

// wholesale is everything in a namespace, or everything.
func (t *Table) wholesale(ns, root string) []Target {
	if ns == "" {
		return []Target{{}}
	}
	var out []Target
	for _, r := range t.list {
		if r.Namespaced {
			out = append(out, Target{Prefix: t.Prefix(root, r, ns), Ref: Ref{r, ns, ""}, Typed: true})
		}
	}
	return out
}
