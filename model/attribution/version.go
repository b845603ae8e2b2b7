package attribution

import (
	"encoding/json"
	"time"

	"github.com/etcdscope/etcdscope/decode"
)

// version is one version of an object, read as far as rules need it.
type version struct {
	*decode.Object
	entries    []entry
	deletion   time.Time // deletionTimestamp; zero where none is set
	grace      int64     // deletionGracePeriodSeconds; -1 where none is set
	finalizers []string
	owners     []owner
}

type owner struct {
	kind, name, uid string
	controller      bool
	blocks          bool // it is not deleted in the foreground before this object
}

func newVersion(p *parser, o *decode.Object) *version {
	if o == nil {
		return nil
	}
	v := &version{Object: o, grace: -1}
	if !o.IsKubernetes() {
		return v
	}
	v.entries = p.entries(o)
	v.deletion = parseTime(o.Text("metadata", "deletionTimestamp"))
	if n, ok := o.Field("metadata", "deletionGracePeriodSeconds").(json.Number); ok {
		v.grace, _ = n.Int64()
	}
	list, _ := o.Field("metadata", "finalizers").([]any)
	for _, f := range list {
		if s, ok := f.(string); ok {
			v.finalizers = append(v.finalizers, s)
		}
	}
	list, _ = o.Field("metadata", "ownerReferences").([]any)
	for _, r := range list {
		m, _ := r.(map[string]any)
		s := func(k string) string { x, _ := m[k].(string); return x }
		ctl, _ := m["controller"].(bool)
		blocks, _ := m["blockOwnerDeletion"].(bool)
		v.owners = append(v.owners, owner{kind: s("kind"), name: s("name"), uid: s("uid"), controller: ctl, blocks: blocks})
	}
	return v
}

func parseTime(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// owner returns the owner that controls the object, else the first.
func (v *version) owner() owner {
	if v == nil || len(v.owners) == 0 {
		return owner{}
	}
	for _, o := range v.owners {
		if o.controller {
			return o
		}
	}
	return v.owners[0]
}

// hasFinalizer reports whether a finalizer is set.
func (v *version) hasFinalizer(name string) bool {
	for _, f := range v.finalizers {
		if f == name {
			return true
		}
	}
	return false
}

// number returns a field that holds a whole number, def where there is none.
func (v *version) number(def int64, path ...string) int64 {
	n, ok := v.Field(path...).(json.Number)
	if !ok {
		return def
	}
	i, err := n.Int64()
	if err != nil {
		return def
	}
	return i
}

// condition returns the reason of a status condition that is True; ok is false where it is not.
func (v *version) condition(typ string) (reason string, ok bool) {
	list, _ := v.Field("status", "conditions").([]any)
	for _, x := range list {
		m, _ := x.(map[string]any)
		if m["type"] == typ && m["status"] == "True" {
			reason, _ = m["reason"].(string)
			return reason, true
		}
	}
	return "", false
}
