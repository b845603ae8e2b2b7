package print

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/model/space"
)

// spaceTable is a line a row, for what has which rows by which kind, of a store with histories and deletions.
var spaceTable = []struct {
	by   string
	rows []string // names that are there
}{
	{"resource", []string{"pods", "secrets", "nodes"}},
	{"namespace", []string{"demo", "other", ""}},
	{"key", []string{podKey, secretKey}},
	{"field", []string{"spec", "status"}},
	{"writer", nil},
}

// TestSpaceJSON: the rows add up to the last line, by each kind that counts every record once; bytes of a file are exact.
func TestSpaceJSON(t *testing.T) {
	t.Parallel()
	for _, c := range spaceTable {
		t.Run(c.by, func(t *testing.T) {
			t.Parallel()
			lines := printed(t, file(cluster(), 0), 0, "space", "--by", c.by, "--limit", "0")
			last, rows := lines[len(lines)-1], lines[:len(lines)-1]
			sums, names := map[string]int64{}, []string(nil)
			for _, r := range rows {
				name, _ := r["by"].(string)
				names = append(names, name)
				for _, f := range []string{"keys", "liveBytes", "historyBytes", "revisions"} {
					n, ok := r[f].(json.Number)
					if !ok {
						t.Fatalf("%q has no %s: %v", name, f, r)
					}
					add, _ := n.Int64()
					sums[f] += add
				}
			}
			for _, want := range c.rows {
				if !slices.Contains(names, want) {
					t.Errorf("there is no row %q: %q", want, names)
				}
			}
			if last["exact"] != true || last["to"] == nil {
				t.Errorf("the last line is %v", last)
			}
			for f, sum := range sums {
				if all, _ := last[f].(json.Number).Int64(); c.by != "field" && c.by != "writer" && sum != all {
					t.Errorf("%s: rows have %d, the last line %d", f, sum, all)
				}
			}
		})
	}
}

// TestSpaceText: a sentence that sums up, then a table with the columns that are known of these rows.
func TestSpaceText(t *testing.T) {
	t.Parallel()
	for _, c := range spaceTable {
		t.Run(c.by, func(t *testing.T) {
			t.Parallel()
			out, stderr, code := run(t, file(cluster(), 0), "space", "--by", c.by)
			if code != 0 || !strings.HasPrefix(out, "live ") || !strings.Contains(out, "\n"+strings.ToUpper(c.by)) {
				t.Errorf("exit %d %s:\n%s", code, stderr, out)
			}
			if strings.Contains(out, "\x1b") || strings.Contains(out, "\a") {
				t.Errorf("control characters are printed: %q", out)
			}
			if strings.Contains(out, "KEYS") != (c.by != "key") {
				t.Errorf("numbers of keys:\n%s", out)
			}
		})
	}
}

// TestSpaceRefuses: what cannot be counted is said, with the code that the contract gives it.
func TestSpaceRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		live bool
		args []string
		code int
		want string
	}{
		{false, []string{"--by", "shape"}, 2, "no such row"},
		{false, []string{"--sort", "shape"}, 2, "no such order"},
		{false, []string{"-n", "nowhere"}, 1, "nothing is there"},
		{false, []string{"nodes", "-n", "demo"}, 2, "they are in none"},
		{true, []string{"--by", string(space.ByWriter)}, 2, "--recall"},
		{true, []string{"--by", string(space.ByKey)}, 2, "--recall"},
	} {
		src := file(cluster(), 0)
		if c.live {
			src = running(cluster())
		}
		if _, stderr, code := run(t, src, append([]string{"space"}, c.args...)...); code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit %d, want %d: %s", c.args, code, c.code, stderr)
		}
	}
}

// TestSpaceOfNothing: an empty store has no rows, and that is no error.
func TestSpaceOfNothing(t *testing.T) {
	t.Parallel()
	if out, stderr, code := run(t, file(nil, 0), "space"); code != 0 || !strings.Contains(out, "Nothing is stored.") {
		t.Errorf("exit %d %s:\n%s", code, stderr, out)
	}
	if lines := printed(t, file(nil, 0), 0, "space"); len(lines) != 1 {
		t.Errorf("%v", lines)
	}
}
