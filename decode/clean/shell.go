package clean

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Shell writes a word so that bash, zsh and ksh read the same bytes back, and a terminal that it is pasted into takes nothing of it as
// a control sequence: where it holds what cannot be drawn, as $'…' with \xNN for each such byte, else between single quotes. No
// character of it moves the cursor, or reorders or hides text. A shell holds no NUL byte: what follows one is lost there.
func Shell(word string) string {
	if utf8.ValidString(word) && !strings.ContainsFunc(word, undrawn) {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for len(word) > 0 {
		r, n := utf8.DecodeRuneInString(word)
		switch {
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == utf8.RuneError && n <= 1 || undrawn(r):
			for _, c := range []byte(word[:n]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
			if rest := word[n:]; rest != "" && strings.IndexByte("0123456789abcdefABCDEF", rest[0]) >= 0 {
				b.WriteString("'$'") // ksh reads more than two digits
			}
		default:
			b.WriteRune(r)
		}
		word = word[n:]
	}
	return b.String() + "'"
}

// undrawn reports whether a character does not show itself.
func undrawn(r rune) bool { return Bad(r) || !unicode.IsGraphic(r) }
