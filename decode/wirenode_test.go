package decode

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/etcdscope/etcdscope/decode/wire"
)

// TestWireNode: fields that are known by number only become an object; those that are repeated lists, in their order.
func TestWireNode(t *testing.T) {
	t.Parallel()
	num := func(n protowire.Number, v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(nil, n, protowire.VarintType), v)
	}
	str := func(n protowire.Number, s string) []byte {
		return protowire.AppendString(protowire.AppendTag(nil, n, protowire.BytesType), s)
	}
	join := func(parts ...[]byte) (b []byte) {
		for _, p := range parts {
			b = append(b, p...)
		}
		return b
	}
	for _, c := range []struct {
		in   []byte
		want string
	}{
		{nil, `{}`},
		{num(1, 1<<64-1), `{"1":18446744073709551615}`},
		{str(1, "nginx"), `{"1":"nginx"}`},
		{str(1, ""), `{"1":""}`},
		{str(1, "a\n\tb"), `{"1":"a\n\tb"}`},
		{str(3, string(join(num(1, 1), str(2, "\x00")))), `{"3":{"1":1,"2":"AA=="}}`},
		{join(num(1, 1), num(1, 2), num(1, 3)), `{"1":[1,2,3]}`},
		{join(num(2, 1), num(10, 2), str(2, "a"), num(1, 4), num(10, 5)), `{"1":4,"10":[2,5],"2":[1,"a"]}`},
		{protowire.AppendFixed64(protowire.AppendTag(nil, 2, protowire.Fixed64Type), 1<<63), `{"2":9223372036854775808}`},
		{str(1, "\x1b[31m"), `{"1":"G1szMW0="}`},
		{str(1, strings.Repeat("\xff", 70)), `{"1":"` + strings.Repeat("/", 93) + `w=="}`},
		{str(1, "nginx")[:4], `{"rest":"CgVuZw=="}`},
		{str(2, string(join(num(1, 5), str(2, "\x00\x01"))))[:5], `{"2":{"1":5,"rest":"Eg=="}}`},
	} {
		fields, _ := wire.Parse(c.in)
		n := wireNode(fields)
		if got := string(appendJSON(nil, &n, appendQuoted)); got != c.want {
			t.Errorf("%x: %s, want %s", c.in, got, c.want)
		}
		if again := parseJSON(c.want); !equalNodes(&n, again) {
			t.Errorf("%x: it is not what its JSON is parsed to", c.in)
		}
	}
}
