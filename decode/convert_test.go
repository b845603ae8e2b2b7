package decode

import (
	"strings"
	"testing"
)

// TestJSONAs: another version is had where its fields have the same names, and for what API servers store otherwise than they
// serve it.
func TestJSONAs(t *testing.T) {
	t.Parallel()
	d := New(Options{})
	for _, c := range []struct{ value, as, want string }{
		{`{"apiVersion":"apps/v1beta1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":2}}`, "apps/v1", `"apiVersion":"apps/v1"`},
		{`{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"d"},"spec":{"metrics":[]}}`, "autoscaling/v1", "!lacks a field"},
		{`{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"d"},"spec":{"maxReplicas":3}}`, "autoscaling/v1", `"maxReplicas":3`},
		{`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"}}`, "apps/v9", "!does not know"},
		{`{"apiVersion":"v1","kind":"Event","metadata":{"name":"e"},"message":"m","involvedObject":{"kind":"Pod"}}`, "events.k8s.io/v1", `"note":"m","regarding":{"kind":"Pod"}`},
		{`{"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"e"},"note":"m","deprecatedCount":3}`, "v1", `"count":3,"kind":"Event","message":"m"`},
		{`{"apiVersion":"apiextensions.k8s.io/v1beta1","kind":"CustomResourceDefinition","metadata":{"name":"x"},"spec":{"version":"v1","group":"g","validation":{"openAPIV3Schema":{}},
			"additionalPrinterColumns":[{"JSONPath":".a","name":"A"}],"conversion":{"strategy":"Webhook","webhookClientConfig":{"url":"u"},"conversionReviewVersions":["v1"]}}}`, "apiextensions.k8s.io/v1",
			`"conversion":{"strategy":"Webhook","webhook":{"clientConfig":{"url":"u"},"conversionReviewVersions":["v1"]}},"group":"g","versions":[{"additionalPrinterColumns":[{"jsonPath":".a","name":"A"}],"name":"v1","schema":{"openAPIV3Schema":{}},"served":true,"storage":true}]`},
	} {
		b, err := d.Object([]byte("/registry/x/y"), []byte(c.value), 7).JSONAs(View{}, c.as, nil)
		got := string(b)
		if err != nil {
			got = "!" + err.Error()
		}
		if bad, ok := strings.CutPrefix(c.want, "!"); ok && (err == nil || !strings.Contains(got, bad)) || !ok && !strings.Contains(got, c.want) {
			t.Errorf("%s as %s:\n%s\nwant %s", c.value, c.as, got, c.want)
		}
	}
	widget := d.Object([]byte("/registry/g/ws/d/w"), []byte(`{"apiVersion":"g/v1","kind":"W","metadata":{"name":"w"},"spec":{"a":1,"m":{"x":"y"},"l":[{"b":2}]}}`), 7)
	for _, c := range []struct {
		spec map[string]any
		bad  string
	}{
		{map[string]any{"x-kubernetes-preserve-unknown-fields": true}, ""},
		{map[string]any{"properties": map[string]any{"a": map[string]any{}, "m": map[string]any{"additionalProperties": map[string]any{"type": "string"}}}}, "spec.l"},
		{map[string]any{"properties": map[string]any{"a": map[string]any{}, "m": map[string]any{"additionalProperties": true}, "l": map[string]any{"items": map[string]any{"properties": map[string]any{"c": map[string]any{}}}}}}, "spec.l[].b"},
		{map[string]any{"properties": map[string]any{"a": map[string]any{}, "m": map[string]any{}, "l": map[string]any{}}}, "spec.l"},
	} {
		_, err := widget.JSONAs(View{}, "g/v2", map[string]any{"properties": map[string]any{"spec": c.spec}})
		if c.bad == "" && err != nil || c.bad != "" && (err == nil || !strings.Contains(err.Error(), "g/v2 has no field spec.")) {
			t.Errorf("%v: %v, want %q", c.spec, err, c.bad)
		}
	}
}

// TestTypedMask: a masked Secret can be read by a client with types, and holds nothing.
func TestTypedMask(t *testing.T) {
	t.Parallel()
	o := New(Options{}).Object([]byte("/registry/secrets/d/s"), []byte(secretJSON("")), 7)
	got := string(o.JSON(View{Typed: true}))
	if !strings.Contains(got, `"data":{"list":"Kioq","p":"Kioq"}`) || !strings.Contains(got, `"stringData":{"p":"***"}`) || strings.Contains(got, hush) || strings.Contains(got, `"spec"`) {
		t.Error(got)
	}
	if md := string(o.MetadataJSON(View{Typed: true})); !strings.HasPrefix(md, `{"annotations":`) || strings.Contains(md, hush) {
		t.Error(md)
	}
}
