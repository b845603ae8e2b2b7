package decode

// eventNames are the fields of a core Event and what events.k8s.io calls them.
var eventNames = map[string]string{"message": "note", "involvedObject": "regarding", "source": "deprecatedSource", "firstTimestamp": "deprecatedFirstTimestamp",
	"lastTimestamp": "deprecatedLastTimestamp", "count": "deprecatedCount", "reportingComponent": "reportingController"}

// renamedEvent gives the fields of an Event the names that they have in the other group.
func renamedEvent(n node, from, to string) node {
	if core := from == "v1"; core == (to == "v1") {
		return n
	}
	names := eventNames
	if from != "v1" {
		names = map[string]string{}
		for core, other := range eventNames {
			names[other] = core
		}
	}
	out := node{kind: '{'}
	for _, it := range n.items {
		name := it.name
		if other := names[name]; other != "" {
			name = other
		}
		out = out.with(name, it)
	}
	return out
}

const (
	crdBeta   = "apiextensions.k8s.io/v1beta1"
	crdStable = "apiextensions.k8s.io/v1"
)

// definition is a CustomResourceDefinition of v1beta1, which API servers go on to store, as v1 has it: what was said once for
// all versions is said for each.
func definition(n node) node {
	spec := n.field("spec")
	if spec == nil || spec.kind != '{' {
		return n
	}
	out := spec.without("version", "validation", "additionalPrinterColumns", "subresources", "selectableFields")
	if p := spec.field("preserveUnknownFields"); p != nil && p.str != "true" {
		out = out.without("preserveUnknownFields")
	}
	if c := spec.field("conversion"); c != nil && c.kind == '{' {
		out = out.with("conversion", conversion(*c))
	}
	versions := spec.field("versions")
	if versions == nil {
		yes := node{kind: 't', str: "true"}
		v := node{kind: '{'}.with("name", node{kind: '"', str: spec.field("version").text()}).with("served", yes).with("storage", yes)
		versions = &node{kind: '[', items: []node{v}}
	}
	list := node{kind: '['}
	for _, v := range versions.items {
		for from, to := range map[string]string{"validation": "schema", "additionalPrinterColumns": "additionalPrinterColumns", "subresources": "subresources", "selectableFields": "selectableFields"} {
			if all := spec.field(from); all != nil && v.field(to) == nil {
				v = v.with(to, *all)
			}
		}
		if cols := v.field("additionalPrinterColumns"); cols != nil {
			v = v.with("additionalPrinterColumns", printerColumns(*cols))
		}
		list.items = append(list.items, v)
	}
	return n.with("spec", out.with("versions", list))
}

// printerColumns are the columns with the field that has another name in v1.
func printerColumns(cols node) node {
	out := node{kind: '['}
	for _, c := range cols.items {
		if path := c.field("JSONPath"); path != nil {
			c = c.without("JSONPath").with("jsonPath", *path)
		}
		out.items = append(out.items, c)
	}
	return out
}

// conversion is how versions are converted, as v1 says it.
func conversion(c node) node {
	client, reviews := c.field("webhookClientConfig"), c.field("conversionReviewVersions")
	if client == nil {
		return c.without("conversionReviewVersions")
	}
	hook := node{kind: '{'}.with("clientConfig", *client)
	if reviews != nil {
		hook = hook.with("conversionReviewVersions", *reviews)
	}
	return c.without("webhookClientConfig", "conversionReviewVersions").with("webhook", hook)
}
