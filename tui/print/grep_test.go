package print

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// searched is a store with a history to be searched.
func searched() []sourcetest.Op {
	cm := func(name, text string) sourcetest.Op {
		return sourcetest.Put("/registry/configmaps/shop/"+name, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"`+name+`","namespace":"shop"},"data":{"conf":"`+text+`"}}`)
	}
	return []sourcetest.Op{
		cm("a", `level: debug\nport: 8080`), // 2
		cm("a", `level: info\nport: 8080`),
		cm("b", `level: debug \u001b[31mred`), // 4
		sourcetest.Put("/registry/secrets/shop/s", `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"shop"},"data":{"level":"ZGVidWc="}}`), // debug
		cm("a", `level: debug`), // 6
		sourcetest.Put("/registry/secrets/shop/e", "k8s:enc:secretbox:v1:k:0123456789abcdef0123456789abcdef"),
		sourcetest.Put("other", "debug it"), // 8
	}
}

// TestGrep lists searches: what they print, what they say on stderr, how they end.
func TestGrep(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args string
		code int
		want string
		says string
	}{
		{"grep debug", 0, "       6  configmaps/a -n shop  .data.conf  level: debug\n       4  configmaps/b -n shop  .data.conf  level: debug ␛[31mred\n       8  other  debug it\n",
			"1 encrypted (no key for them was given), 1 masked Secrets (add --reveal)"},
		{"grep debug cm -A", 0, "       6  configmaps/a -n shop  .data.conf  level: debug\n       4  configmaps/b -n shop  .data.conf  level: debug ␛[31mred\n", ""},
		{"grep debug cm/a -n shop --history", 0, "       2  configmaps/a -n shop  .data.conf  level: debug\n       6  configmaps/a -n shop  .data.conf  level: debug\n", ""},
		{"grep DEBUG -i /registry/secrets/ --reveal", 0, "       5  secrets/s -n shop  .data.level  debug\n", "1 encrypted"},
		{"grep -E ^port:.80 -n shop --rev 3", 0, "       3  configmaps/a -n shop  .data.conf  port: 8080\n", ""},
		{"grep -E ^port:.80 -n shop -o json --rev 2", 0, `{"key":"/registry/configmaps/shop/a","revision":2,"kind":"ConfigMap","namespace":"shop","name":"a","path":".data.conf","text":"port: 8080"}` + "\n", ""},
		{"grep debug secrets -A", 1, "", `"debug" is in none of 1 values`},
		{"grep 8080", 1, "", `"8080" is in none of`},
		{"grep x svc -A", 1, "", "no value of svc is held"},
		{"grep ( -E", 2, "", "missing closing )"},
		{"grep", 2, "", "grep --help"},
		{"grep x --history --rev 3", 2, "", "--history and --rev"},
		{"grep x --recall", 2, "", "--history"},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Parallel()
			out, stderr, code := run(t, file(searched(), 0), strings.Fields(c.args)...)
			if code != c.code || out != c.want || !strings.Contains(stderr, c.says) {
				t.Errorf("exit %d\n%s%s\nwant %d\n%s%s", code, out, stderr, c.code, c.want, c.says)
			}
		})
	}
}

// TestGrepCompacted says what of the history is lost.
func TestGrepCompacted(t *testing.T) {
	t.Parallel()
	out, _, code := run(t, file(searched(), 5), "grep", "debug", "cm", "-A", "--history", "-o", "json")
	if code != 0 || !strings.HasPrefix(out, `{"gap":{"from":1,"to":4},"reason":"compacted"}`) || strings.Count(out, `"revision":6`) != 1 {
		t.Errorf("exit %d\n%s", code, out)
	}
}
