package print

import (
	"context"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// targets are the keys, folders and types that arguments name.
type targets []kinds.Target

// namespaced reports whether a type was named that lives in namespaces.
func (l targets) namespaced() bool {
	return slices.ContainsFunc(l, func(t kinds.Target) bool { return t.Typed && t.Ref.Namespaced })
}

// span covers all targets.
func (l targets) span() etcdsource.Span {
	if len(l) != 1 {
		return etcdsource.Prefix(l.common())
	}
	return etcdsource.Prefix(beginning(&l[0]))
}

// spans are those of all targets, one after the other.
func (l targets) spans() (list []etcdsource.Span) {
	for i := range l {
		t := &l[i]
		if t.Key != nil {
			list = append(list, etcdsource.Key(t.Key))
		}
		switch {
		case t.Prefix != "" || t.Key == nil:
			list = append(list, etcdsource.Prefix(t.Prefix))
		case !t.Typed:
			list = append(list, etcdsource.Prefix(string(t.Key)+"/"))
		}
	}
	return list
}

// beginning is what all keys of a target begin with.
func beginning(t *kinds.Target) string {
	if t.Key != nil {
		return string(t.Key)
	}
	return t.Prefix
}

// common is the longest beginning that all targets share.
func (l targets) common() string {
	p := beginning(&l[0])
	for i := range l {
		for s := beginning(&l[i]); !strings.HasPrefix(s, p); {
			p = p[:len(p)-1]
		}
	}
	return p
}

// wanted reports whether a key is one of those that were named: a key itself, what lies below it, or below a prefix.
func (l targets) wanted(k []byte) bool {
	s := string(k)
	for i := range l {
		t := &l[i]
		switch {
		case t.Key == nil && strings.HasPrefix(s, t.Prefix):
			return true
		case t.Key == nil:
		case s == string(t.Key), t.Prefix != "" && strings.HasPrefix(s, t.Prefix):
			return true
		case !t.Typed && len(s) > len(t.Key) && s[len(t.Key)] == '/' && s[:len(t.Key)] == string(t.Key):
			return true
		}
	}
	return false
}

// each prints the targets, and returns how many objects of types that live in namespaces were found.
func (g *getter) each(ctx context.Context, targets []kinds.Target) (inside int, err error) {
	for i := range targets {
		named := targets[i].Typed && targets[i].Ref.Namespaced
		g.namespaced = g.namespaced || named
		before := g.printed + len(g.picked)
		if err := g.target(ctx, &targets[i]); err != nil {
			return inside, err
		}
		if named {
			inside += g.printed + len(g.picked) - before
		}
	}
	return inside, nil
}
