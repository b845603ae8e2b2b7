package change

import (
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// Change is one change of one key, explained.
type Change struct {
	etcdsource.Event
	// Ref names the object by its key; its Name is empty where the key is none of a resource.
	Ref kinds.Ref
	// Object is the new version, nil for a deletion; Before is the version that was replaced, nil where it is not known.
	Object, Before *decode.Object
	// Changes are the fields that differ from Before; nil for creations, deletions and where one side is not known.
	Changes []diff.Change
	// Reordered are the paths of lists whose items are the same as in Before, in another order.
	Reordered []string
	// Items are the positions of the list items that Changes name, one for each of them; nil until Number, or where there are none.
	Items []Positions
	// Aspect is create, delete, spec, status, metadata, heartbeat or none; "" where it is not known.
	Aspect string
	// Summary is a few words of safe text.
	Summary string
	// Sealed says that nothing could be read of a value, where Object and Before were dropped since.
	Sealed bool
}

// Unread reports whether nothing could be read of a value that the change wrote or replaced.
func (c *Change) Unread() bool {
	return c.Sealed || c.Object != nil && c.Object.Unread() || c.Before != nil && c.Before.Unread()
}

// The aspects of a change.
const (
	AspectCreate    = "create"
	AspectDelete    = "delete" // the key is gone, or its deletion was asked for
	AspectSpec      = "spec"   // what is wanted; for kinds without a spec their content
	AspectStatus    = "status"
	AspectMetadata  = "metadata"
	AspectHeartbeat = "heartbeat" // nothing but a sign of life
	AspectNone      = "none"      // no field that counts
)

// Describe explains an event. prev is the event before it of the same key, nil where there is none or it is not known.
func Describe(dec *decode.Decoder, table *kinds.Table, root string, prev, cur *etcdsource.Event, v decode.View) Change {
	var before, after *decode.Object
	if prev != nil && prev.Type != etcdsource.Deleted {
		before = dec.Object(prev.Key, prev.Value, prev.Mod)
	}
	if cur.Type != etcdsource.Deleted {
		after = dec.Object(cur.Key, cur.Value, cur.Mod)
	}
	return Between(dec, table, root, before, after, cur, v)
}

// Between explains an event whose two versions were decoded already; before may be nil, after is nil for a deletion.
func Between(dec *decode.Decoder, table *kinds.Table, root string, before, after *decode.Object, cur *etcdsource.Event, v decode.View) Change {
	c := bare(dec, table, root, before, after, cur, v)
	c.Summarize()
	return c
}

// bare is Between without the summary.
func bare(dec *decode.Decoder, table *kinds.Table, root string, before, after *decode.Object, cur *etcdsource.Event, v decode.View) Change {
	c := Change{Event: *cur, Object: after, Before: before}
	c.Ref, _ = table.Locate(root, cur.Key)
	c.Ref.Resource = identity(c.Ref.Resource, before, after)
	switch {
	case cur.Type == etcdsource.Created:
		c.Aspect = AspectCreate
	case cur.Type == etcdsource.Deleted:
		c.Aspect = AspectDelete
	case !c.comparable():
	default:
		c.Changes, c.Reordered = dec.Compare(before, after, v)
		switch {
		case len(c.Changes) > 0 && Beats(before, after):
			c.Aspect = AspectHeartbeat
		case before.IsKubernetes() && after.IsKubernetes():
			c.Aspect = AspectOf(before, after, c.Changes, c.Reordered)
		case len(c.Changes)+len(c.Reordered) > 0:
			c.Aspect = AspectSpec
		}
	}
	return c
}

// comparable reports whether both versions have fields that can be compared.
func (c *Change) comparable() bool {
	return c.Before != nil && c.Object != nil && c.Before.Decoded() && c.Object.Decoded() && Unreadable(c.Before, c.Object) == ""
}

// Summarize sets the Summary of a change, which has none yet.
func (c *Change) Summarize() {
	before, after := c.Before, c.Object
	switch {
	case c.Type == etcdsource.Created:
		c.Summary = created(after)
	case c.Type == etcdsource.Deleted:
		c.Summary = deleted(before)
	case before == nil || after == nil:
		c.Summary = "the version before it is not known"
	case !before.Decoded() || !after.Decoded():
		c.Summary = written(before, after)
	case Unreadable(before, after) != "":
		c.Summary = Unreadable(before, after)
	case c.Aspect == AspectHeartbeat && len(c.Changes) > 0:
		c.Summary = renewed
	case before.IsKubernetes() && after.IsKubernetes() || len(c.Changes)+len(c.Reordered) > 0:
		c.Summary = summary(c)
	default:
		c.Summary = written(before, after)
	}
}

// written is all that can be said where one of the versions has no fields that could be compared.
func written(before, after *decode.Object) string {
	switch {
	case before.SamePlain(after):
		return sameValue
	case after.Problem != "":
		return cut("written; " + after.Problem)
	case before.Problem != "":
		return cut(fmt.Sprintf("written; the version before, of revision %d: %s", before.Mod, before.Problem))
	}
	return "written"
}

// sameValue is what is said of a value that is no object, and was written again as it was.
const sameValue = "rewritten with the same value"

// identity fills in what a key does not tell: the kind of a custom resource whose definition is gone, and the version
// that is really stored.
func identity(r kinds.Resource, before, after *decode.Object) kinds.Resource {
	o := after
	if o == nil {
		o = before
	}
	if o == nil || !o.IsKubernetes() || o.Group != r.Group || (r.Kind != "" && o.Kind != r.Kind) {
		return r
	}
	r.Kind = o.Kind
	r.Version = o.APIVersion[strings.LastIndexByte(o.APIVersion, '/')+1:]
	return r
}
