package diff

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// step is one part of a path: a field, or what is between brackets.
type step struct {
	field string
	item  string
}

// parsePath reads a path again.
func parsePath(t *rapid.T, s string) (out []step) {
	for s != "" {
		if s[0] == '.' {
			end := strings.IndexAny(s[1:], ".[")
			if end < 0 {
				end = len(s) - 1
			}
			out, s = append(out, step{field: s[1 : end+1]}), s[end+1:]
			continue
		}
		if strings.HasPrefix(s, `["`) {
			var key string
			dec := json.NewDecoder(strings.NewReader(s[1:]))
			if err := dec.Decode(&key); err != nil {
				t.Fatalf("path %q: %v", s, err)
			}
			out, s = append(out, step{field: key}), s[1+int(dec.InputOffset())+1:]
			continue
		}
		end, quoted := 1, false
		for quoted || s[end] != ']' {
			if s[end] == '\\' {
				end++
			} else if s[end] == '"' {
				quoted = !quoted
			}
			end++
		}
		out, s = append(out, step{item: s[1:end]}), s[end+1:]
	}
	return out
}

// apply returns a value with the change made in it.
func apply(t *rapid.T, v any, path []step, c *Change) any {
	if len(path) == 0 {
		return c.New
	}
	p := path[0]
	if p.item == "" {
		m, ok := v.(map[string]any)
		if !ok && v != nil {
			t.Fatalf("%s: no map at %q", c.Path, p.field)
		}
		out := map[string]any{}
		for k, x := range m {
			out[k] = x
		}
		if _, ok := m[p.field]; ok == (len(path) == 1 && c.Op == Add) {
			t.Fatalf("%s: op %s, but there is %v", c.Path, c.Op, m[p.field])
		}
		out[p.field] = apply(t, m[p.field], path[1:], c)
		if out[p.field] == nil {
			delete(out, p.field)
		}
		return out
	}
	l := slices.Clone(v.([]any))
	at := find(l, p.item)
	if at < 0 {
		if len(path) > 1 || c.Op != Add {
			t.Fatalf("%s: no item %s in %v", c.Path, p.item, l)
		}
		return append(l, c.New)
	}
	x := apply(t, l[at], path[1:], c)
	if x == nil {
		return slices.Delete(l, at, at+1)
	}
	l[at] = x
	return l
}

func find(l []any, item string) int {
	if n, err := strconv.Atoi(item); err == nil {
		if n < len(l) {
			return n
		}
		return -1
	}
	for _, keys := range append([][]string{{"a", "b"}}, candidates...) {
		for i, x := range l {
			if m, ok := x.(map[string]any); ok && name(m, keys, false) == item {
				return i
			}
		}
	}
	return -1
}

// inOrder sorts the lists of named items, whose order does not count.
func inOrder(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, y := range x {
			out[k] = inOrder(y)
		}
		return out
	case []any:
		out := []any{}
		for _, y := range x {
			out = append(out, inOrder(y))
		}
		if len(out) > 0 && name0(out[0]) != "" {
			slices.SortFunc(out, func(a, b any) int { return cmp.Compare(name0(a), name0(b)) })
		}
		return out
	}
	return v
}

func name0(v any) string {
	m, _ := v.(map[string]any)
	n, ok := scalar(m["name"])
	if !ok {
		n, _ = single(m["name"])
	}
	return n
}

func anyTree(depth int) *rapid.Generator[any] {
	scalars := rapid.OneOf(
		rapid.Map(rapid.SampledFrom([]string{"", "a", "b", "x=y", "a,b]", `q"`, "ü\x00"}), func(s string) any { return s }),
		rapid.Map(rapid.Int64(), func(n int64) any { return json.Number(strconv.FormatInt(n, 10)) }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
	)
	if depth == 0 {
		return scalars
	}
	return rapid.OneOf(scalars, rapid.Map(anyMap(depth-1), func(m map[string]any) any { return m }),
		rapid.Map(rapid.SliceOfN(scalars, 0, 4), func(l []any) any { return l }), namedList(depth-1), unnamedList(depth-1))
}

func anyMap(depth int) *rapid.Generator[map[string]any] {
	return rapid.MapOfN(rapid.SampledFrom([]string{"f", "g", "a.b/c", "", "0", "type", "ü"}), anyTree(depth), 0, 4)
}

func namedList(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d,e", "[f]", `g"`, "1"}), 0, 5, rapid.ID[string]).Draw(t, "names")
		list := []any{}
		for _, n := range names {
			m := anyMap(depth).Draw(t, "item")
			m["name"] = n
			list = append(list, m)
		}
		return list
	})
}

func unnamedList(depth int) *rapid.Generator[any] {
	return rapid.Map(rapid.SliceOfN(anyMap(depth), 0, 3), func(l []map[string]any) any {
		out := []any{}
		for _, m := range l {
			out = append(out, m)
		}
		return out
	})
}

// mutate changes some of a tree, so that both sides have much in common.
func mutate(t *rapid.T, v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, y := range x {
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
			case 1:
				out[k] = anyTree(1).Draw(t, "new")
			default:
				out[k] = mutate(t, y)
			}
		}
		if n, ok := x["name"]; ok && rapid.Bool().Draw(t, "keep") {
			out["name"] = n
		}
		return out
	case []any:
		out := []any{}
		for _, y := range rapid.Permutation(x).Draw(t, "order") {
			if rapid.IntRange(0, 4).Draw(t, "drop") > 0 {
				out = append(out, mutate(t, y))
			}
		}
		return out
	}
	if rapid.IntRange(0, 5).Draw(t, "what") == 0 {
		return anyTree(1).Draw(t, "new")
	}
	return v
}

// TestApplyGivesTheNewTree: the changes, made in the old tree, give the new one.
func TestApplyGivesTheNewTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := anyMap(3).Draw(t, "before")
		after := mutate(t, before).(map[string]any)
		list := Trees(before, after, Lists{})
		if again := Trees(before, after, Lists{}); gocmp.Diff(list, again) != "" {
			t.Fatal("two runs differ")
		}
		var got any = before
		for _, c := range inApplyOrder(list) {
			got = apply(t, got, parsePath(t, c.Path), &c)
		}
		if got == nil {
			got = map[string]any{}
		}
		want := inOrder(after)
		if !Equal(inOrder(got), want) {
			t.Fatalf("changes %v\nwant %v\n got %v", list, want, inOrder(got))
		}
		if len(Trees(after, after, Lists{})) != 0 {
			t.Fatal("a tree differs from itself")
		}
		for _, c := range list {
			if _, ok := c.Old.(map[string]any); ok && c.Op == Replace {
				if _, ok := c.New.(map[string]any); ok {
					t.Fatalf("%s: a map is replaced as a whole", c.Path)
				}
			}
		}
	})
}

// inApplyOrder makes changes within items before items go, and removes positions from the end.
func inApplyOrder(list []Change) []Change {
	rank := func(c Change) int {
		switch c.Op {
		case Replace:
			return 0
		case Add:
			return 1
		}
		return 2
	}
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b Change) int {
		if n := cmp.Compare(rank(a), rank(b)); n != 0 || a.Op != Remove {
			return n
		}
		if n := cmp.Compare(len(b.Path), len(a.Path)); n != 0 {
			return n
		}
		return cmp.Compare(b.Path, a.Path)
	})
	return out
}

func TestSymmetry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := anyMap(3).Draw(t, "before")
		after := mutate(t, before).(map[string]any)
		there, back := Trees(before, after, Lists{}), Trees(after, before, Lists{})
		if len(there) != len(back) {
			t.Fatalf("%d changes there, %d back:\n%v\n%v", len(there), len(back), there, back)
		}
	})
}

// TestTypesReachable holds that the table can be walked from an object to its lists.
func TestTypesReachable(t *testing.T) {
	types := builtinTypes()
	if len(types) < 200 {
		t.Fatalf("only %d types", len(types))
	}
	pod := types["core.v1.Pod"]
	for _, p := range []struct {
		path []string
		keys string
	}{
		{[]string{"metadata", "ownerReferences"}, "uid"},
		{[]string{"spec", "containers"}, "name"},
		{[]string{"spec", "topologySpreadConstraints"}, "topologyKey,whenUnsatisfiable"},
		{[]string{"status", "conditions"}, "type"},
		{[]string{"status", "podIPs"}, "ip"},
	} {
		at := pod
		for _, f := range p.path {
			at = at.field(f)
		}
		if at == nil || strings.Join(at.keys, ",") != p.keys {
			t.Errorf("%v: %v, want %s", p.path, at, p.keys)
		}
	}
	if ports := pod.field("spec").field("containers").item().field("ports"); fmt.Sprint(ports.keys) != "[containerPort protocol]" {
		t.Errorf("ports: %v", ports.keys)
	}
}
