package compare

import (
	"context"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/model/learn"
)

// Content is a difference, decoded.
type Content struct {
	*Difference
	Before, After *decode.Object // nil where the key is not there
	// Changes are the fields that differ; all fields of what was added or removed.
	Changes []diff.Change
	// Reordered are the lists whose items only changed their order.
	Reordered []string
	// Note says in words why there are no Changes: the stored bytes differ though no field does, or one side could not be
	// decoded. It is "" where there are some.
	Note   string
	Unread bool // one side could not be decoded: what changed is not known
	// Aspect is that of a changed object, as in package change.
	Aspect string
}

// Decode decodes a difference with the decoders of both sides. Values are masked as the View says.
func Decode(d *Difference, from, to *decode.Decoder, v decode.View) Content {
	c := Content{Difference: d}
	if d.From != nil {
		c.Before = from.Object(d.From.Key, d.From.Value, d.From.Mod)
	}
	if d.To != nil {
		c.After = to.Object(d.To.Key, d.To.Value, d.To.Mod)
	}
	if c.Note = change.Unreadable(c.Before, c.After); c.Note != "" {
		c.Unread = true
		return c
	}
	c.Changes, c.Reordered = to.Compare(c.Before, c.After, v)
	if d.Op() == Changed {
		c.Aspect = change.AspectOf(c.Before, c.After, c.Changes, c.Reordered)
		switch {
		case len(c.Changes) == 0:
			c.Note = change.Unchanged(c.Before, c.After, c.Reordered)
			c.Unread = len(c.Reordered) == 0 && c.Aspect == "" && c.Before.Problem+c.After.Problem != "" && !c.Before.SamePlain(c.After)
		case len(c.Reordered) > 0:
			c.Note = change.Reordered(c.Reordered)
		}
	}
	return c
}

// Same reports whether a value that is no object of Kubernetes was only written again as it was: that is no difference.
func (c *Content) Same() bool {
	return c.Op() == Changed && !c.Unread && !c.Before.IsKubernetes() && !c.After.IsKubernetes() && c.Before.SamePlain(c.After)
}

// Change says what became of a key from one state to the other, as if it were one write; a and b are what is known of their sources. It is
// nil where the key is in neither of them or cannot be read.
func Change(ctx context.Context, from, to Side, a, b *learn.Known, key []byte, v decode.View) *change.Change {
	old, was, err := etcdsource.Get(ctx, from.Source, key, from.Revision)
	if err != nil {
		return nil
	}
	cur, is, err := etcdsource.Get(ctx, to.Source, key, to.Revision)
	if err != nil || !was && !is {
		return nil
	}
	e := etcdsource.Event{Key: cur.Key, Value: cur.Value, Mod: cur.Mod, Version: cur.Version, Type: etcdsource.Updated}
	var before, after *decode.Object
	if was {
		before = a.Decoder.Object(old.Key, old.Value, old.Mod)
	} else {
		e.Type = etcdsource.Created
	}
	if is {
		after = b.Decoder.Object(cur.Key, cur.Value, cur.Mod)
	} else {
		e = etcdsource.Event{Key: old.Key, Type: etcdsource.Deleted}
	}
	c := change.Between(b.Decoder, b.Kinds, b.Root, before, after, &e, v)
	c.Summary = strings.TrimSpace(c.Summary)
	return &c
}
