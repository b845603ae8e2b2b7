package fields

// Holds reports whether a set holds a top-level field of an object, or parts of it, by its JSON alone, which is much cheaper than
// to parse it. sure is false where the JSON is not as API servers write it: then only a Set says so.
func Holds(raw, field string) (holds, sure bool) {
	if raw == "" {
		return false, true
	}
	if raw[0] != '{' {
		return false, false
	}
	i := 1
	for i < len(raw) && raw[i] == '"' {
		end := textEnd(raw, i)
		if end < 0 || end+2 >= len(raw) || raw[end+1] != ':' || raw[end+2] != '{' {
			return false, false
		}
		name := raw[i+1 : end]
		if len(name) == 2+len(field) && name[:2] == "f:" && name[2:] == field {
			return true, true
		}
		if i = objectEnd(raw, end+2); i < 0 || i >= len(raw) {
			return false, false
		}
		if raw[i] == ',' {
			i++
		} else {
			break
		}
	}
	return false, i == len(raw)-1 && raw[i] == '}'
}

// textEnd returns where the text ends that begins at i, -1 where it has no end, or escapes.
func textEnd(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i
		case '\\':
			return -1
		}
	}
	return -1
}

// objectEnd returns what follows the object that begins at i, -1 where it has no end.
func objectEnd(s string, i int) int {
	for depth := 0; i < len(s); i++ {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"':
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		}
	}
	return -1
}
