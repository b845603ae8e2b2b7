package print

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// objects reads JSON Lines: each line is one object.
func objects(t *testing.T, stdout string) (list []map[string]any) {
	t.Helper()
	for line := range strings.Lines(stdout) {
		var o map[string]any
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&o); err != nil {
			t.Fatalf("%q is no line of JSON: %v", line, err)
		}
		list = append(list, o)
	}
	return list
}

// printed runs a command that must end with a code, and returns its lines as objects.
func printed(t *testing.T, src etcdsource.Source, code int, args ...string) []map[string]any {
	t.Helper()
	stdout, stderr, got := run(t, src, append(args, "-o", "json")...)
	if got != code {
		t.Fatalf("%v: exit %d, want %d; it said %q", args, got, code, stderr)
	}
	return objects(t, stdout)
}

// names are the fields of an object, sorted, in one text.
func fieldsOf(o map[string]any) string {
	return strings.Join(slices.Sorted(maps.Keys(o)), " ")
}

// words are the lines of a text with single blanks between their words.
func words(text string) (lines []string) {
	for line := range strings.Lines(text) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return lines
}

// has reports whether one of the lines is this one.
func has(lines []string, line string) bool { return slices.Contains(lines, line) }

// appOver makes a run of the program open a source.
func appOver(a *app, src etcdsource.Source) *app {
	a.funcs.Open = func(context.Context, OpenOptions) (Opened, error) { return Opened{Source: src}, nil }
	return a
}
