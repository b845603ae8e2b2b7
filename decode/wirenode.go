package decode

import (
	"encoding/base64"
	"strconv"

	"github.com/etcdscope/etcdscope/decode/wire"
)

// wireNode returns the fields of a message as an object: numbers of fields as names, repeated ones as lists.
//
//	1: "a"  2: 5  2: 6  →  {"1":"a","2":[5,6]}
func wireNode(fields []wire.Field) node {
	items := make([]node, len(fields))
	sorted := true
	for i := range fields {
		name := strconv.Itoa(fields[i].Number)
		if fields[i].Kind == wire.Rest {
			name = "rest"
		}
		items[i] = wireValue(&fields[i]).called(name)
		sorted = sorted && (i == 0 || items[i-1].name <= name)
	}
	if !sorted {
		sortItems(items)
	}
	return node{kind: '{', items: grouped(items)}
}

// grouped makes lists of the fields that are there more than once. They are sorted by name.
func grouped(items []node) []node {
	names := 0
	for i := range items {
		if i == 0 || items[i].name != items[i-1].name {
			names++
		}
	}
	if names == len(items) {
		return items
	}
	out := make([]node, 0, names)
	for i, j := 0, 0; i < len(items); i = j {
		name := items[i].name
		for j = i; j < len(items) && items[j].name == name; j++ {
		}
		if j == i+1 {
			out = append(out, items[i])
			continue
		}
		for k := range items[i:j] {
			items[i+k].name = ""
		}
		out = append(out, node{kind: '[', name: name, items: items[i:j:j]})
	}
	return out
}

func wireValue(f *wire.Field) node {
	switch f.Kind {
	case wire.Message:
		return wireNode(f.Sub)
	case wire.Text:
		return node{kind: '"', str: string(f.Bytes)}
	case wire.Bytes, wire.Rest:
		return node{kind: '"', str: base64.StdEncoding.EncodeToString(f.Bytes)}
	}
	return node{kind: '0', str: strconv.FormatUint(f.Uint, 10)} // every digit
}
