// Package hostile generates hostile values for tests and benchmarks: as large as etcd accepts, in the shapes that cost the
// most to decode and show.
//
//	Values(1_500_000, "one")["items"]  ──►  {"kind":"ConfigMap",…,"x":[{"name":"n0","v":"one"},{"name":"n1",…
//	Values(1_500_000, "two")["items"]  ──►  the same object with each of its 50,000 items changed
//
// What always holds:
//   - A value has about as many bytes as were asked for; twice as many bytes are twice as much of the same.
//   - The same size and text give the same bytes, and values of two texts differ.
package hostile

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
)

// Namespace is the one that all the objects are in.
const Namespace = "evil"

// deepest is how many objects are within each other: encoding/json reads up to 10,000.
const deepest = 9900

// Key is the key that a value of this name is stored at.
func Key(name string) string {
	folder := "configmaps"
	switch name {
	case "secret":
		folder = "secrets"
	case "pod":
		folder = "pods"
	}
	return "/registry/" + folder + "/" + Namespace + "/" + name
}

// Values returns stored values by name, each of about size bytes. The text is in all of them.
func Values(size int, text string) map[string][]byte {
	out := map[string][]byte{}
	v := values{size, text, out}
	v.wide()
	v.deep()
	v.long()
	v.owned()
	v.binary()
	return out
}

type values struct {
	size int
	text string
	out  map[string][]byte
}

// put takes in a ConfigMap; more begins within its metadata.
func (v values) put(name, more string) { v.out[name] = object("ConfigMap", name, more) }

func object(kind, name, more string) []byte {
	return []byte(`{"apiVersion":"v1","kind":"` + kind + `","metadata":{"name":"` + name + `","namespace":"` + Namespace + `","uid":"u-` + name + `"` + more)
}

// fill repeats a format of one number, with commas between, until size bytes are reached.
func fill(size int, format string, args ...any) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, format+",", append([]any{i}, args...)...)
	}
	return strings.TrimSuffix(b.String(), ",")
}

// wide are objects with many parts side by side.
func (v values) wide() {
	v.put("fields", `},"data":{`+fill(v.size, `"k%[1]d":"%[2]s"`, v.text)+`}}`)
	v.put("items", `},"x":[`+fill(v.size, `{"name":"n%[1]d","v":"%[2]s"}`, v.text)+`]}`)
	v.out["pod"] = object("Pod", "pod", `},"spec":{"containers":[`+fill(v.size/2, `{"name":"n%[1]d","image":"%[2]s"}`, v.text)+
		`]},"status":{"conditions":[`+fill(v.size/2, `{"type":"t%[1]d","status":"False","message":"%[2]s"}`, v.text)+`]}}`)
}

// deep are objects with many parts within each other.
func (v values) deep() {
	v.put("deep", `},"x":`+strings.Repeat(`{"a":`, deepest)+`"`+v.text+`"`+strings.Repeat("}", deepest)+`}`)
	v.put("deepmany", `},"x":`+strings.Repeat(`{"a":`, 90)+`{`+fill(v.size, `"k%[1]d":"%[2]s"`, v.text)+`}`+strings.Repeat("}", 90)+`}`)
	v.put("toodeep", `},"x":`+strings.Repeat(`[`, v.size/2)+strings.Repeat("]", v.size/2)+`,"y":"`+v.text+`"}`)
}

// long are objects with one long text in them.
func (v values) long() {
	data := func(name, text string) { v.put(name, `},"data":{"a":"`+text+v.text+`"}}`) }
	data("line", strings.Repeat("x", v.size))
	data("lines", strings.Repeat(`line of text\n`, v.size/14))
	data("controls", strings.Repeat(`\u0000\u001b[31m\u0007\u202e\u009d`, v.size/33))
	data("bidi", strings.Repeat("\u202e\u2066א", v.size/8))
	v.out["secret"] = object("Secret", "secret", `},"data":{"a":"`+base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", v.size*3/4)+v.text))+`"}}`)
}

// owned are objects with much in their managedFields.
func (v values) owned() {
	v.put("managers", `,"managedFields":[`+fill(v.size, `{"manager":"m%[1]d","operation":"Update","fieldsV1":{"f:data":{"f:a":{}}}}`)+`]},"data":{"a":"`+v.text+`"}}`)
	set := fill(v.size/300, `"k:{\"name\":\"n%[1]d\"}":{"f:v":{}}`)
	many := make([]string, 150)
	for i := range many {
		many[i] = fmt.Sprintf(`{"manager":"m%d","operation":"Update","time":"2026-11-01T10:00:00Z","fieldsV1":{"f:x":{%s}}}`, i, set)
	}
	v.put("managersitems", `,"managedFields":[`+strings.Join(many, ",")+`]},"x":[`+fill(v.size/2, `{"name":"n%[1]d","v":"%[2]s"}`, v.text)+`]}`)
}

// binary are values that are no JSON.
func (v values) binary() {
	v.out["bytes"] = append([]byte(strings.Repeat("\x9c", v.size)), v.text...)
	v.out["cbor"] = cborObject(strings.Repeat("\x81", v.size), v.text)
	v.out["protomany"] = envelope("Unknown", strings.Repeat("\x12\x02\x08\x01", v.size/4)+field(3, v.text))
	var data strings.Builder
	for i := 0; data.Len() < v.size; i++ {
		data.WriteString(field(2, field(1, fmt.Sprint("k", i))+field(2, v.text)))
	}
	v.out["configmapproto"] = envelope("ConfigMap", field(1, field(1, "configmapproto")+field(3, Namespace))+data.String())
}

// cborObject is a ConfigMap in CBOR, with a field x.
func cborObject(x, text string) []byte {
	str := func(s string) string {
		return string(binary.BigEndian.AppendUint32([]byte{0x7a}, uint32(len(s)))) + s
	}
	return []byte("\xd9\xd9\xf7\xa4" + str("apiVersion") + str("v1") + str("kind") + str("ConfigMap") + str("y") + str(text) + str("x") + x + "\x80")
}

// envelope is a value in protobuf as the API server stores it.
func envelope(kind, raw string) []byte {
	return []byte("k8s\x00" + field(1, field(1, "v1")+field(2, kind)) + field(2, raw) + field(3, "") + field(4, ""))
}

// field is a field of protobuf that has a length.
func field(number int, s string) string {
	return string(binary.AppendUvarint([]byte{byte(number<<3 | 2)}, uint64(len(s)))) + s
}
