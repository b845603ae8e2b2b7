package restore

import (
	"regexp"
	"strings"
)

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// sh writes a word so that a shell takes it as it is.
func sh(word string) string {
	if plainWord.MatchString(word) && !strings.HasPrefix(word, "-") {
		return word
	}
	word = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, word)
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// lines joins the lines of a command.
func lines(l ...string) string { return strings.Join(l, "\n") }

// wrapped joins words to one command of several lines.
func wrapped(words ...string) string { return strings.Join(words, " \\\n  ") }
