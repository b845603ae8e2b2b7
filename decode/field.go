package decode

import "time"

// Managed is one entry of metadata.managedFields as it is stored.
type Managed struct {
	Manager, Operation, APIVersion, Subresource string
	Time                                        string    // RFC 3339; "" where none is stored
	At                                          time.Time // it; zero where it is none
	Fields                                      string    // fieldsV1 as JSON; "" where none is stored
}

// maxManaged is how many entries Managed returns. Objects have some ten.
const maxManaged = 200

// Managed returns the entries of metadata.managedFields in their order, the first 200, nil where there are none.
func (o *Object) Managed() []Managed {
	if o == nil {
		return nil
	}
	if o.kind != nil {
		return o.managed()
	}
	list := o.brief().field("metadata").field("managedFields")
	if list == nil || list.kind != '[' {
		return nil
	}
	out := make([]Managed, 0, min(len(list.items), maxManaged))
	for i := range cap(out) {
		it := &list.items[i]
		m := Managed{
			Manager: it.field("manager").string(), Operation: it.field("operation").string(), APIVersion: it.field("apiVersion").string(),
			Subresource: it.field("subresource").string(), Time: it.field("time").string(),
		}
		m.At, _ = time.Parse(time.RFC3339Nano, m.Time)
		if f := it.field("fieldsV1"); f != nil && (f.kind == '{' || f.kind == unparsed) {
			m.Fields = string(appendJSON(make([]byte, 0, 512), f, appendQuoted))
		}
		out = append(out, m)
	}
	return out
}

// Owned returns Fields as a tree, nil where there are none.
func (m *Managed) Owned() map[string]any {
	if m.Fields == "" {
		return nil
	}
	return wholeTree(parseJSON(m.Fields))
}

// string returns the content of a string, "" for anything else.
func (n *node) string() string {
	if n == nil || n.kind != '"' {
		return ""
	}
	return n.str
}

// Field returns one field by the names on the way to it, nil where there is none. Numbers are json.Number. Of a Secret
// only what lies in its metadata can be had, and no annotation.
func (o *Object) Field(path ...string) any {
	if o == nil || len(path) == 0 || o.hides(path) {
		return nil
	}
	if n := o.find(path); n != nil {
		return n.value()
	}
	return nil
}

// Text is Field for a string: its content, "" where there is none.
func (o *Object) Text(path ...string) string {
	if o == nil || len(path) == 0 || o.hides(path) {
		return ""
	}
	if o.kind != nil && len(o.unknown) == 0 {
		if s, ok := o.textAt(path); ok {
			return s
		}
	}
	return o.find(path).string()
}

// IsAccountToken reports whether a Secret has the type kubernetes.io/service-account-token. Its data is not looked at.
func (o *Object) IsAccountToken() bool {
	return o != nil && o.Secret && o.find([]string{"type"}).string() == "kubernetes.io/service-account-token"
}

// hides reports whether a field is one of those that a Secret keeps for itself.
func (o *Object) hides(path []string) bool {
	return o.Secret && (path[0] != "metadata" || len(path) < 2 || path[1] == "annotations" || path[1] == "name" && o.Token())
}
