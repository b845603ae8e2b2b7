package decode

// What follows passes over JSON without decoding it: only where its members begin and end is of interest. It takes any bytes,
// and stops where they are no JSON.

// jsonFields counts the fields of an object in JSON.
func jsonFields(b []byte, f func(string, int64)) {
	counted, object := int64(0), false
	whole := eachMember(b, func(name []byte, start, from, to int) bool {
		size := int64(to - start)
		switch n := string(name); n {
		case "metadata":
			managed, applied := jsonMetadata(b[from:to])
			f(SizeManagedFields, managed)
			f(SizeLastApplied, applied)
			f(SizeMetadata, size-managed-applied)
		case "apiVersion", "kind":
			object = true
			return true
		case "spec", "status", "data", "rules":
			f(n, size)
		default:
			f(SizeOther, size)
		}
		counted += size
		return true
	})
	rest := SizeType
	switch {
	case !whole:
		rest = SizeUnread
	case !object:
		rest = SizeNoObject
	}
	f(rest, int64(len(b))-counted)
}

// jsonMetadata counts in the metadata of an object in JSON, with the names of the members.
func jsonMetadata(md []byte) (managed, applied int64) {
	eachMember(md, func(name []byte, start, from, to int) bool {
		switch string(name) {
		case "managedFields":
			managed += int64(to - start)
		case "annotations":
			a := md[from:to]
			eachMember(a, func(name []byte, start, _, to int) bool {
				if string(name) == lastApplied {
					applied += int64(to - start)
				}
				return true
			})
		}
		return true
	})
	return managed, applied
}

// eachMember calls f for each member of a JSON object: its name as it is written, where it starts, and from where to where its
// value reaches. It reports whether the object was passed over to its end; f ends it by false.
func eachMember(b []byte, f func(name []byte, start, from, to int) bool) (whole bool) {
	i := afterBlanks(b, 0)
	if i >= len(b) || b[i] != '{' {
		return false
	}
	for i++; ; i++ {
		i = afterBlanks(b, i)
		if i < len(b) && b[i] == '}' {
			return true
		}
		start := i
		end := passString(b, i)
		if end < 0 {
			return false
		}
		name := b[start+1 : end-1]
		if i = afterBlanks(b, end); i >= len(b) || b[i] != ':' {
			return false
		}
		from := afterBlanks(b, i+1)
		to := passValue(b, from)
		if to < 0 || !f(name, start, from, to) {
			return false
		}
		if i = afterBlanks(b, to); i >= len(b) || b[i] != ',' {
			return i < len(b) && b[i] == '}'
		}
	}
}

// afterBlanks returns where the next byte that is no blank is.
func afterBlanks(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// passString returns the end of the string that begins there, -1 where none does.
func passString(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	for i++; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return -1
}

// passValue returns the end of the value that begins there, -1 where none does.
func passValue(b []byte, i int) int {
	for depth := 0; i < len(b); {
		switch c := b[i]; c {
		case '"':
			if i = passString(b, i); i < 0 {
				return -1
			}
		case '{', '[':
			depth++
			i++
		case '}', ']':
			if depth == 0 {
				return -1
			}
			depth--
			i++
		case ' ', '\t', '\r', '\n', ':', ',':
			if depth == 0 {
				return -1
			}
			i++
			continue
		default:
			for i < len(b) && !ends[b[i]] {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
	return -1
}
