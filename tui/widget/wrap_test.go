package widget

import (
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s    string
		w    int
		want string
	}{
		{"", 10, ""},
		{"a  b", 10, "a  b"},
		{"give another with --cert and --key", 22, "give another with|--cert and --key"},
		{"etcd-ca.crt is not it", 12, "etcd-ca.crt|is not it"},
		{"https://10.0.0.7:2379 is it", 10, "https://10|.0.0.7:237|9 is it"},
		{"one\ntwo three", 5, "one|two|three"},
		{"  indented text goes on", 10, "  indented|text goes|on"},
		{"日本 日本 日本", 5, "日本|日本|日本"},
		{"ab", 0, "a|b"},
	} {
		if got := strings.Join(Wrap(c.s, c.w), "|"); got != c.want {
			t.Errorf("%q at %d: %q, want %q", c.s, c.w, got, c.want)
		}
	}
}
