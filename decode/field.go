package decode

// Managed is one entry of metadata.managedFields as it is stored.
type Managed struct {
	Manager, Operation, APIVersion, Subresource string
	Time                                        string // RFC 3339; "" where none is stored
	Fields                                      string // fieldsV1 as JSON; "" where none is stored
}

// Managed returns the entries of metadata.managedFields in their order, nil where there are none.
func (o *Object) Managed() []Managed {
	if o == nil {
		return nil
	}
	list := o.brief().field("metadata").field("managedFields")
	if list == nil || list.kind != '[' {
		return nil
	}
	out := make([]Managed, 0, len(list.items))
	for i := range list.items {
		it := &list.items[i]
		m := Managed{
			Manager: it.field("manager").string(), Operation: it.field("operation").string(), APIVersion: it.field("apiVersion").string(),
			Subresource: it.field("subresource").string(), Time: it.field("time").string(),
		}
		if f := it.field("fieldsV1"); f != nil && f.kind == '{' {
			m.Fields = string(appendJSON(make([]byte, 0, 512), f, appendQuoted))
		}
		out = append(out, m)
	}
	return out
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
	n := o.among(path)
	for _, p := range path {
		n = n.field(p)
	}
	if n == nil {
		return nil
	}
	return n.value()
}

// Text is Field for a string: its content, "" where there is none.
func (o *Object) Text(path ...string) string {
	if o == nil || len(path) == 0 || o.hides(path) {
		return ""
	}
	n := o.among(path)
	for _, p := range path {
		n = n.field(p)
	}
	return n.string()
}

// IsAccountToken reports whether a Secret is of the type of ServiceAccounts' tokens, which says nothing of what it holds.
func (o *Object) IsAccountToken() bool {
	return o != nil && o.Secret && o.among([]string{"type"}).field("type").string() == "kubernetes.io/service-account-token"
}

// hides reports whether a field is one of those that a Secret keeps for itself.
func (o *Object) hides(path []string) bool {
	return o.Secret && (path[0] != "metadata" || len(path) < 2 || path[1] == "annotations" || path[1] == "name" && o.Token())
}
