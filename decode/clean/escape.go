package clean

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Unescape reads a key as Escape names it, and reports whether it differs from what was given: \xNN is a byte, and \\ a
// backslash. A key without \x in it, or with one that no two hexadecimal digits follow, is returned as it is.
func Unescape(k []byte) ([]byte, bool) {
	s := string(k)
	if !strings.Contains(s, `\x`) {
		return k, false
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], `\\`):
			out = append(out, '\\')
			i++
		case strings.HasPrefix(s[i:], `\x`) && len(s) >= i+4:
			b, err := hex.DecodeString(s[i+2 : i+4])
			if err != nil {
				return k, false
			}
			out = append(out, b...)
			i += 3
		default:
			out = append(out, s[i])
		}
	}
	return out, string(out) != s
}

// JSON escapes what could steer a terminal in a JSON document: such characters can be in its strings only, and an encoder
// has escaped those below a blank.
func JSON(doc []byte) []byte {
	i := 0
	for i < len(doc) && doc[i] < 0x7f {
		i++
	}
	if i == len(doc) {
		return doc
	}
	out := append(make([]byte, 0, len(doc)+64), doc[:i]...)
	for i < len(doc) {
		r, n := utf8.DecodeRune(doc[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			out = append(out, `\ufffd`...)
		case r > 0x7e && Bad(r) && r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		case r > 0x7e && Bad(r):
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			out = append(out, doc[i:i+n]...)
		}
		i += n
	}
	return out
}
