package columns

import (
	"encoding/json"
	"fmt"
	"strings"
)

// metricPart is the field of a metric that holds what its type asks for.
var metricPart = map[string]string{"External": "external", "Pods": "pods", "Object": "object", "Resource": "resource", "ContainerResource": "containerResource"}

// metrics are the targets of a HorizontalPodAutoscaler, with what was measured.
func metrics(t map[string]any) string {
	specs, now := items(t, ".spec.metrics"), items(t, ".status.currentMetrics")
	if Field(t, ".apiVersion") == "autoscaling/v1" {
		specs, now = append(oldMetrics(t, "metrics", ".spec.targetCPUUtilizationPercentage", specs), specs...), append(oldMetrics(t, "current-metrics", ".status.currentCPUUtilizationPercentage", now), now...)
	}
	if len(specs) == 0 { // what the API server takes then
		specs = []map[string]any{{"type": "Resource", "resource": map[string]any{"name": "cpu", "target": map[string]any{"averageUtilization": "80"}}}}
	}
	var out []string
	for i, s := range specs {
		var is map[string]any
		if i < len(now) {
			is = now[i]
		}
		out = append(out, metric(s, is))
	}
	if len(out) > 2 {
		return strings.Join(out[:2], ", ") + fmt.Sprintf(" + %d more...", len(out)-2)
	}
	return strings.Join(out, ", ")
}

// oldMetrics are those of autoscaling/v1: the processor's in a field, the others as JSON in an annotation.
func oldMetrics(t map[string]any, annotation, percent string, have []map[string]any) (out []map[string]any) {
	if len(have) > 0 {
		return nil
	}
	_ = json.Unmarshal([]byte(scalar(entries(t, ".metadata.annotations")["autoscaling.alpha.kubernetes.io/"+annotation])), &out)
	for i := range out {
		out[i] = asV2(out[i])
	}
	if n := lookup(t, percent); n != nil {
		v := map[string]any{"averageUtilization": n}
		out = append(out, map[string]any{"type": "Resource", "resource": map[string]any{"name": "cpu", "target": v, "current": v}})
	}
	return out
}

// asV2 gives a metric of v2beta1, the form of the annotations, the fields that v2 has.
func asV2(m map[string]any) map[string]any {
	part := metricPart[scalar(m["type"])]
	p, _ := m[part].(map[string]any)
	if p == nil {
		return m
	}
	target, current := map[string]any{}, map[string]any{}
	for _, f := range []struct {
		to   map[string]any
		name string
		from []string
	}{
		{target, "averageValue", []string{"targetAverageValue", "averageValue"}}, {target, "averageUtilization", []string{"targetAverageUtilization"}}, {target, "value", []string{"targetValue"}},
		{current, "averageValue", []string{"currentAverageValue", "averageValue"}}, {current, "averageUtilization", []string{"currentAverageUtilization"}}, {current, "value", []string{"currentValue"}},
	} {
		for _, from := range f.from {
			if v := p[from]; v != nil && f.to[f.name] == nil {
				f.to[f.name] = v
			}
		}
	}
	return map[string]any{"type": m["type"], part: map[string]any{"name": p["name"], "target": target, "current": current}}
}

// metric is one of them: "cpu: 40%/80%", "<unknown>/5 (avg)".
func metric(spec, now map[string]any) string {
	kind := scalar(spec["type"])
	part := metricPart[kind]
	if part == "" {
		return "<unknown type>"
	}
	target, current, measured := entries(spec, "."+part+".target"), entries(now, "."+part+".current"), entries(now, "."+part) != nil
	average, is := target["averageValue"] != nil, Unknown
	switch named := strings.HasSuffix(kind, "Resource"); {
	case named && average:
		if measured {
			is = quantityOr(current["averageValue"], "<nil>")
		}
		return fmt.Sprintf("%s: %s/%s", Field(spec, "."+part+".name"), is, quantity(scalar(target["averageValue"])))
	case named:
		if current["averageUtilization"] != nil {
			is = scalar(current["averageUtilization"]) + "%"
		}
		want := "<auto>"
		if target["averageUtilization"] != nil {
			want = scalar(target["averageUtilization"]) + "%"
		}
		return fmt.Sprintf("%s: %s/%s", Field(spec, "."+part+".name"), is, want)
	case kind == "Pods":
		if measured {
			is = quantityOr(current["averageValue"], "<nil>")
		}
		return is + "/" + quantityOr(target["averageValue"], "<nil>")
	case average:
		is = quantityOr(current["averageValue"], Unknown)
		return is + "/" + quantity(scalar(target["averageValue"])) + " (avg)"
	}
	if measured {
		is = quantityOr(current["value"], "<nil>")
	}
	return is + "/" + quantityOr(target["value"], "<nil>")
}

// quantityOr is a quantity, and none where there is none.
func quantityOr(v any, none string) string {
	if v == nil {
		return none
	}
	return quantity(scalar(v))
}

func scaleTarget(t map[string]any) string {
	return Field(t, ".spec.scaleTargetRef.kind") + "/" + Field(t, ".spec.scaleTargetRef.name")
}
