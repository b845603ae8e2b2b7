package clean

import (
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestShell: bash reads back the bytes of each word, and the line itself holds nothing that steers a terminal.
func TestShell(t *testing.T) {
	t.Parallel()
	list := []string{"", "a", "a b", "it's", `back\slash`, "$HOME `id` \"x\"", "\x1b[31mred", "\x1b[201~\nrm -rf x", "\x1bA1", "\u202etxt", "\u2066x\u2069", "\xff\xfe0", "\u009b31m", "\u200b", "é ü 世界", "\x7f", "'\x01'", "\t", "\u2028", "\\x1b\x1b"}
	rnd := rand.New(rand.NewPCG(1, 2))
	alphabet := []string{"a", "F", "0", "'", `\`, "$", "\x1b", "\n", "\xff", "\xc3", "é", "\u202e", " ", "\x01", "!", "`", "\u0085"}
	for range 500 {
		var b strings.Builder
		for range rnd.IntN(12) {
			b.WriteString(alphabet[rnd.IntN(len(alphabet))])
		}
		list = append(list, b.String())
	}
	var script strings.Builder
	for _, w := range list {
		q := Shell(w)
		if !utf8.ValidString(q) || strings.ContainsFunc(q, func(r rune) bool { return unicode.IsControl(r) || Bad(r) }) {
			t.Errorf("%q becomes %q", w, q)
		}
		script.WriteString("printf '%s\\0' " + q + "\n")
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	out, err := exec.Command(bash, "-c", script.String()).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(string(out), "\x00")
	if len(got) != len(list)+1 {
		t.Fatalf("%d words for %d", len(got)-1, len(list))
	}
	for i, w := range list {
		if got[i] != w {
			t.Errorf("%q is read as %q from %s", w, got[i], Shell(w))
		}
	}
}
