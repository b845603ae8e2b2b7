package grep

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestFinder: what is found is what bytes.Contains finds, with fold in a copy in which the capitals of ASCII are small.
func TestFinder(t *testing.T) {
	t.Parallel()
	var values [][]byte
	for _, s := range cluster(t) {
		values = append(values, s.Value)
	}
	small := func(b []byte) []byte {
		b = bytes.Clone(b)
		for i, c := range b {
			if 'A' <= c && c <= 'Z' {
				b[i] = c - 'A' + 'a'
			}
		}
		return b
	}
	few := rapid.SliceOfN(rapid.SampledFrom([]byte("aAbBZ-\x00\xff")), 0, 200)
	rapid.Check(t, func(t *rapid.T) {
		b := few.Draw(t, "bytes")
		if rapid.Bool().Draw(t, "stored") {
			b = rapid.SampledFrom(values).Draw(t, "value")
		}
		from := rapid.IntRange(0, len(b)).Draw(t, "from")
		text := bytes.Clone(b[from:min(len(b), from+rapid.IntRange(0, 12).Draw(t, "length"))])
		if len(text) > 0 && rapid.Bool().Draw(t, "other") {
			text[rapid.IntRange(0, len(text)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		fold := rapid.Bool().Draw(t, "fold")
		in := b
		if fold {
			text, in = small(text), small(b)
		}
		f := newFinder(string(text), fold)
		if got, want := f.in(b), bytes.Contains(in, text); got != want {
			t.Fatalf("%q in %q, fold %t: %t, want %t", text, b, fold, got, want)
		}
	})
}
