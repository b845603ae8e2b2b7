package decode

// definitionV1 turns the definition of a custom resource into the version that API servers take: they store it as
// v1beta1, in which what all versions share is above them.
func definitionV1(tree, spec map[string]any) {
	if tree["apiVersion"] != "apiextensions.k8s.io/v1beta1" {
		return
	}
	tree["apiVersion"] = "apiextensions.k8s.io/v1"
	versions, _ := spec["versions"].([]any)
	if name, ok := spec["version"].(string); ok && len(versions) == 0 {
		versions = []any{map[string]any{"name": name, "served": true, "storage": true}}
	}
	for _, v := range versions {
		if m, ok := v.(map[string]any); ok {
			versionV1(m, spec)
		}
	}
	spec["versions"] = versions
	for _, f := range []string{"version", "validation", "subresources", "additionalPrinterColumns", "selectableFields", "preserveUnknownFields"} {
		delete(spec, f)
	}
	if c, ok := spec["conversion"].(map[string]any); ok && (c["webhookClientConfig"] != nil || c["conversionReviewVersions"] != nil) {
		if c["webhookClientConfig"] != nil {
			c["webhook"] = map[string]any{"clientConfig": c["webhookClientConfig"], "conversionReviewVersions": c["conversionReviewVersions"]}
		}
		delete(c, "webhookClientConfig")
		delete(c, "conversionReviewVersions")
	}
}

// versionV1 gives a version what it shares with the others, and the schema that it must have.
func versionV1(m, spec map[string]any) {
	for field, shared := range map[string]string{"schema": "validation", "subresources": "subresources",
		"additionalPrinterColumns": "additionalPrinterColumns", "selectableFields": "selectableFields"} {
		if m[field] == nil && spec[shared] != nil {
			m[field] = copied(spec[shared])
		}
	}
	open, _ := spec["preserveUnknownFields"].(bool)
	if schema := child(m, "schema"); schema["openAPIV3Schema"] == nil {
		m["schema"] = map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}
	} else if open {
		child(schema, "openAPIV3Schema")["x-kubernetes-preserve-unknown-fields"] = true
	}
	columns, _ := m["additionalPrinterColumns"].([]any)
	for _, c := range columns {
		if column, ok := c.(map[string]any); ok && column["JSONPath"] != nil {
			column["jsonPath"] = column["JSONPath"]
			delete(column, "JSONPath")
		}
	}
}

// copied returns a copy of a decoded value, so that no two places share one.
func copied(v any) any { return nodeOf(v).value() }
