package diff

// identify is listType.identify for nodes. It appends the names of the items before, then of those after, to ids: where one key
// names them only its values.
func (d *nodeDiffer) identify(before, after Node, t *listType) (keys []string) {
	if !allObjects(before) || !allObjects(after) || before.Len()+after.Len() == 0 {
		return nil
	}
	if t != nil && t.keys != nil && d.names(before, after, t.keys, true) {
		return t.keys
	}
	for _, c := range candidates {
		if d.names(before, after, c, false) {
			return c
		}
	}
	return nil
}

// names appends the names of the items of both lists, nothing where an item has none, or two have the same.
func (d *nodeDiffer) names(before, after Node, keys []string, declared bool) bool {
	from := len(d.ids)
	if d.namesOf(before, keys, declared) && d.namesOf(after, keys, declared) {
		return true
	}
	d.ids = d.ids[:from]
	return false
}

func (d *nodeDiffer) namesOf(list Node, keys []string, declared bool) bool {
	from, n := len(d.ids), list.Len()
	var seen map[string]bool
	if n > fewNames {
		seen = make(map[string]bool, n)
	}
	for i := range n {
		id := idOf(list.Part(i), keys, declared)
		if id == "" || seen[id] {
			return false
		}
		if seen != nil {
			seen[id] = true
		} else {
			for _, s := range d.ids[from:] {
				if s == id {
					return false
				}
			}
		}
		d.ids = append(d.ids, id)
	}
	return true
}

// idOf is the name of an item, "" where it has none: of one key only its value.
func idOf(item Node, keys []string, declared bool) string {
	if len(keys) == 1 {
		s, _ := nodeScalar(digNode(item, keys[0]))
		return s
	}
	var b []byte
	for _, k := range keys {
		s, ok := nodeScalar(digNode(item, k))
		if !ok {
			if declared {
				continue
			}
			return ""
		}
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, k...), '='), s...)
	}
	return string(b)
}

// nodeScalar is scalar, and single, of a node.
func nodeScalar(n Node) (s string, ok bool) {
	if n == nil {
		return "", false
	}
	switch n.Kind() {
	case '"':
		return scalarText(n.Text()), true
	case '0':
		return n.Text(), true
	case 't':
		return "true", true
	case 'f':
		return "false", true
	case '[':
		if n.Len() == 1 && n.Part(0).Kind() == '"' {
			return scalarText(n.Part(0).Text()), true
		}
	}
	return "", false
}

func digNode(n Node, dotted string) Node {
	start := 0
	for i := range len(dotted) {
		if dotted[i] == '.' {
			if n = n.Field(dotted[start:i]); n == nil {
				return nil
			}
			start = i + 1
		}
	}
	return n.Field(dotted[start:])
}
