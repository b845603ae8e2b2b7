package compare

import (
	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/model/change"
)

// Content is a difference, decoded.
type Content struct {
	*Difference
	Before, After *decode.Object // nil where the key is not there
	// Changes are the fields that differ; all fields of what was added or removed.
	Changes []diff.Change
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
	c.Changes = to.Diff(c.Before, c.After, v)
	if d.Op() == Changed {
		c.Aspect = change.AspectOf(c.After, c.Changes)
		if len(c.Changes) == 0 {
			c.Note = change.Unchanged(c.Before, c.After)
		}
	}
	return c
}
