package print

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestBlameBounds: the text of an object whose fields lie deep is not many times as long as the object, and says what is
// left out; JSON has all fields.
func TestBlameBounds(t *testing.T) {
	t.Parallel()
	const fields, depth = 30_000, 90
	var value strings.Builder
	value.WriteString(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"deep","namespace":"demo"},"x":` + strings.Repeat(`{"a":`, depth) + `{"k":1`)
	for i := range fields {
		fmt.Fprintf(&value, `,"k%d":1`, i)
	}
	value.WriteString(strings.Repeat("}", depth+2))
	src := file([]sourcetest.Op{{{Key: []byte("/registry/configmaps/demo/deep"), Value: []byte(value.String())}}}, 0)
	text, stderr, code := run(t, src, "blame", "cm/deep", "-n", "demo")
	if shown := strings.Count(text, "\n") - 1; code != 0 || len(text) > maxText || !strings.Contains(stderr, fmt.Sprintf("%d of %d fields are left out", fields+5-shown, fields+5)) {
		t.Errorf("exit %d, %d bytes, %d fields: %s", code, len(text), shown, stderr)
	}
	if lines, stderr, code := run(t, src, "blame", "cm/deep", "-n", "demo", "-o", "json"); code != 0 || strings.Count(lines, "\n") != fields+5 || stderr != "" {
		t.Errorf("exit %d, %d fields: %s", code, strings.Count(lines, "\n"), stderr)
	}
}
