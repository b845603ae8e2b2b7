package diff

import "strings"

// candidates name the items of lists for which nothing is declared, or whose declared keys do not tell their items
// apart. The first that names every item, on both sides, without doubles is taken.
var candidates = [][]string{
	{"name"}, {"type"}, {"key"}, {"uid"}, {"id"}, {"ip"},
	{"type", "address"}, {"key", "effect"}, {"key", "operator", "value", "effect"},
	{"mountPath"}, {"devicePath"}, {"topologyKey", "whenUnsatisfiable"},
	{"containerPort", "protocol"}, {"port", "protocol"}, {"targetRef.uid"}, {"metadata.name"},
	{"kind", "namespace", "name"}, {"kind", "name"}, {"namespace", "name"}, {"host"}, {"path"},
	{"driver", "pool", "device"}, {"resourceName"}, {"prefix"}, {"cidr"}, {"addresses"},
}

// identify names the items of two lists: keys are the fields that do it, nil where there are none.
func (t *listType) identify(before, after []any) (keys, x, y []string) {
	if !allMaps(before) || !allMaps(after) || len(before)+len(after) == 0 {
		return nil, nil, nil
	}
	if t != nil && t.keys != nil {
		if x, y = names(before, t.keys, true), names(after, t.keys, true); x != nil && y != nil {
			return t.keys, x, y
		}
	}
	for _, c := range candidates {
		if x, y = names(before, c, false), names(after, c, false); x != nil && y != nil {
			return c, x, y
		}
	}
	return nil, nil, nil
}

// names returns a name for each item, or nil if an item has none or two have the same. Of declared keys some may be
// absent (the API server fills in their defaults), of others none.
func names(items []any, keys []string, declared bool) []string {
	out := make([]string, 0, len(items))
	seen := make(map[string]bool, len(items))
	for _, it := range items {
		n := name(it.(map[string]any), keys, declared)
		if n == "" || seen[n] {
			return nil
		}
		seen[n] = true
		out = append(out, n)
	}
	return out
}

func name(item map[string]any, keys []string, declared bool) string {
	var b strings.Builder
	for _, k := range keys {
		s, ok := scalar(dig(item, k))
		if !ok {
			s, ok = single(dig(item, k))
		}
		if !ok {
			if declared {
				continue
			}
			return ""
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(k + "=" + s)
	}
	return b.String()
}

// single names an item by a list that has just one value: an endpoint's addresses.
func single(v any) (string, bool) {
	l, _ := v.([]any)
	if len(l) != 1 {
		return "", false
	}
	if _, ok := l[0].(string); !ok {
		return "", false
	}
	return scalar(l[0])
}

func dig(m map[string]any, dotted string) any {
	for {
		k, rest, more := strings.Cut(dotted, ".")
		v := m[k]
		if !more {
			return v
		}
		m, _ = v.(map[string]any)
		if m == nil {
			return nil
		}
		dotted = rest
	}
}
