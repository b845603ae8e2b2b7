package wire

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

func field(num protowire.Number, v any) []byte {
	switch v := v.(type) {
	case int:
		return protowire.AppendVarint(protowire.AppendTag(nil, num, protowire.VarintType), uint64(v))
	case uint32:
		return protowire.AppendFixed32(protowire.AppendTag(nil, num, protowire.Fixed32Type), v)
	case uint64:
		return protowire.AppendFixed64(protowire.AppendTag(nil, num, protowire.Fixed64Type), v)
	case string:
		return protowire.AppendString(protowire.AppendTag(nil, num, protowire.BytesType), v)
	case []byte:
		return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), v)
	}
	panic(fmt.Sprintf("%T", v))
}

func join(b ...[]byte) []byte { return bytes.Join(b, nil) }

// show writes fields as one line a field, and whether that is all.
func show(b []byte) string {
	var out strings.Builder
	fields, whole := Parse(b)
	Walk(fields, func(depth int, f *Field, line string) {
		fmt.Fprintf(&out, "%s%d: %s\n", strings.Repeat(" ", depth), f.Number, line)
	})
	return fmt.Sprintf("%s%t", out.String(), whole)
}

func TestParse(t *testing.T) {
	inner := join(field(1, 1), field(2, "\x00"))
	long := join(field(1, 1), field(2, bytes.Repeat([]byte{0xff}, 70)))
	for _, c := range []struct {
		name string
		in   []byte
		want string
	}{
		{"nothing", nil, "true"},
		{"a varint with every digit", field(1, -1), "1: varint 18446744073709551615\ntrue"},
		{"text", field(1, "nginx"), "1: 5 bytes \"nginx\"\ntrue"},
		{"empty text", field(1, ""), "1: 0 bytes \"\"\ntrue"},
		{"text of two lines", field(1, "a\n\tb"), "1: 4 bytes \"a␊ b\"\ntrue"},
		{"a message", field(3, inner), "3: message\n 1: varint 1\n 2: 1 bytes 00\ntrue"},
		{"a message that could be text", field(7, field(1, `{"f:spec":{}}`)), "7: message\n 1: 13 bytes \"{\\\"f:spec\\\":{}}\"\ntrue"},
		{"text that begins with a line feed", field(7, "\nabc"), "7: 4 bytes \"␊abc\"\ntrue"},
		{"repeated", join(field(1, 1), field(1, 2), field(1, 3)), "1: varint 1\n1: varint 2\n1: varint 3\ntrue"},
		{"fixed", join(field(1, uint32(7)), field(2, uint64(1<<63))), "1: fixed32 0x7\n2: fixed64 0x8000000000000000\ntrue"},
		{"escape sequences stay bytes", field(1, "\x1b[31m"), "1: 5 bytes 1b 5b 33 31 6d\ntrue"},
		{"bidi characters stay bytes", field(1, "a\u202eb"), "1: 5 bytes 61 e2 80 ae 62\ntrue"},
		{"long bytes are cut", long, "1: varint 1\n2: 70 bytes " + strings.Repeat("ff ", 64) + "…\ntrue"},
		{"cut off in text", field(1, "nginx")[:4], "0: 4 bytes that cannot be read as fields 0a 05 6e 67\nfalse"},
		{"cut off in a message", field(2, join(field(1, 5), field(2, "\x00\x01")))[:5], "2: message\n 1: varint 5\n 0: 1 bytes that cannot be read as fields 12\nfalse"},
		{"a group", []byte{0x0b, 0x0c}, "0: 2 bytes that cannot be read as fields 0b 0c\nfalse"},
		{"field 0", []byte{0x00, 0x01}, "0: 2 bytes that cannot be read as fields 00 01\nfalse"},
		{"a varint without end", bytes.Repeat([]byte{0xff}, 12), "0: 12 bytes that cannot be read as fields ff ff ff ff ff ff ff ff ff ff ff ff\nfalse"},
	} {
		if got := show(c.in); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// TestNesting follows messages only so deep, and keeps what lies deeper.
func TestNesting(t *testing.T) {
	b := []byte{0xff}
	for range 200 {
		b = field(1, b)
	}
	fields, whole := Parse(b)
	deepest := 0
	Walk(fields, func(depth int, f *Field, _ string) {
		deepest = max(deepest, depth)
		if depth == maxDepth && (f.Kind != Bytes || len(f.Bytes) == 0) {
			t.Errorf("at the end: %+v", f)
		}
	})
	if !whole || deepest != maxDepth {
		t.Errorf("whole %t, depth %d", whole, deepest)
	}
}

// FuzzParse reads anything: nothing panics, lines are safe, and no byte of the input is lost.
func FuzzParse(f *testing.F) {
	x := fuzztest.New(f)
	x.Add(join(field(1, "nginx"), field(2, join(field(1, 1), field(2, "\x00")))))
	x.Add(field(2, join(field(1, 5), field(2, "\x00\x01")))[:5])
	x.Add([]byte("\x0a\x02\x08\x01\xff"))
	x.Fuzz(func(t *testing.T, b []byte) {
		fields, whole := Parse(b)
		held, rests := 0, 0
		Walk(fields, func(_ int, f *Field, line string) {
			for _, r := range line {
				if clean.Bad(r) {
					t.Fatalf("the line holds %U: %q", r, line)
				}
			}
			if f.Kind == Rest {
				rests++
			}
			held += len(f.Bytes)
			if f.Kind != Text && f.Kind != Bytes && f.Kind != Rest {
				held++
			}
		})
		if whole != (rests == 0) && len(b) > 0 && !endsInMessage(fields) {
			t.Fatalf("whole is %t with %d rests", whole, rests)
		}
		if len(b) > 0 && len(fields) == 0 {
			t.Fatal("nothing is told of it")
		}
	})
}

// endsInMessage reports whether the last field is a message: one that is cut off behind a whole field has no rest.
func endsInMessage(fields []Field) bool {
	return len(fields) > 0 && fields[len(fields)-1].Kind == Message
}
