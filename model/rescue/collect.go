package rescue

import (
	"context"
	"fmt"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/unreadable"
)

// Collector gathers the objects of one source that are to be brought back, each key once.
type Collector struct {
	Source     etcdsource.Source
	Decoder    *decode.Decoder
	Reveal     bool // take Secrets too; without it they are only counted
	MaxObjects int  // 0: any number
	MaxBytes   int  // of all values together; 0: any number

	Objects []*decode.Object
	Secrets int        // left out, because their values are masked
	Left    []Omission // by Leave, and those Secrets
	// Unreadable are left out because they cannot be read, or are not the objects of their keys.
	Unreadable []unreadable.Value
	Locate     func(key []byte) (kinds.Ref, bool) // what a key names; nil: nothing is held against it

	seen   map[string]bool
	picked map[string]bool // keys that were asked for one by one
	bytes  int
}

// TooLargeError is the error for more objects than a Collector may hold.
type TooLargeError struct{ MaxObjects, MaxBytes int }

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("this is more than %d objects or %d bytes", e.MaxObjects, e.MaxBytes)
}

// Add takes one version of a key.
func (c *Collector) Add(key, value []byte, mod int64) error {
	if c.seen[string(key)] {
		return nil
	}
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	c.seen[string(key)] = true
	o := c.Decoder.Object(key, value, mod)
	if c.unreadable(o) {
		return nil
	}
	if o.Secret && !c.Reveal {
		c.Secrets++
		c.Left = append(c.Left, Omission{o, Masked})
		return nil
	}
	c.bytes += len(value)
	if c.MaxObjects > 0 && len(c.Objects) == c.MaxObjects || c.MaxBytes > 0 && c.bytes > c.MaxBytes {
		return &TooLargeError{c.MaxObjects, c.MaxBytes}
	}
	c.Objects = append(c.Objects, o)
	return nil
}

// unreadable leaves out a value that cannot be read, and so cannot be applied.
func (c *Collector) unreadable(o *decode.Object) bool {
	if c.Locate == nil {
		return false
	}
	ref, ok := c.Locate(o.Key)
	if !ok {
		return false
	}
	fault, why := unreadable.Of(o, ref)
	if fault == unreadable.None {
		return false
	}
	c.Unreadable = append(c.Unreadable, unreadable.Value{Key: string(o.Key), Mod: o.Mod, Ref: ref, Fault: fault, Why: why})
	return true
}

// Key takes a key as it was at a revision, 0 for now, and reports whether it was there. Leave does not leave it out.
func (c *Collector) Key(ctx context.Context, key []byte, rev int64) (bool, error) {
	c.pick(key)
	return c.take(ctx, key, rev)
}

func (c *Collector) pick(key []byte) {
	if c.picked == nil {
		c.picked = map[string]bool{}
	}
	c.picked[string(key)] = true
}

func (c *Collector) take(ctx context.Context, key []byte, rev int64) (bool, error) {
	e, ok, err := etcdsource.Get(ctx, c.Source, key, rev)
	if err != nil || !ok {
		return false, err
	}
	return true, c.Add(e.Key, e.Value, e.Mod)
}

// Last takes the newest version of a deleted key at or before a revision, 0 for now, and returns it; nil where the source
// holds none. Leave does not leave it out.
func (c *Collector) Last(ctx context.Context, key []byte, rev int64) (*etcdsource.Event, error) {
	c.pick(key)
	e, err := Last(ctx, c.Source, key, rev)
	if err != nil || e == nil {
		return nil, err
	}
	return e, c.Add(e.Key, e.Value, e.Mod)
}

// Prefix takes everything that was below a prefix at a revision, 0 for now.
func (c *Collector) Prefix(ctx context.Context, prefix string, rev int64) error {
	span := etcdsource.Prefix(prefix)
	span.Values = true
	return etcdsource.Each(ctx, c.Source, span, rev, func(e etcdsource.Entry) error { return c.Add(e.Key, e.Value, e.Mod) })
}

// Owned takes everything below root that belongs to an owner, directly or through others, as it was at a revision. What
// belongs to an owner in a namespace is in that namespace.
func (c *Collector) Owned(ctx context.Context, root string, owner *decode.Object, rev int64) error {
	if owner.UID == "" {
		return nil
	}
	keys, err := Closure(ctx, c.Source, c.Decoder, root, owner.UID, owner.Namespace, rev)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if _, err := c.take(ctx, []byte(k), rev); err != nil {
			return err
		}
	}
	return nil
}

// Leave leaves out what an administrator would not apply.
func (c *Collector) Leave(r Rules) {
	var left []Omission
	c.Objects, left = Leave(c.Objects, c.picked, r)
	c.Left = append(c.Left, left...)
}
