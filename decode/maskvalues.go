package decode

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hiddenTexts are the data values of a Secret, in the forms in which other texts may hold them: plain, base64, escaped.
type hiddenTexts struct {
	long  []string // found anywhere
	short []string // found as whole words only: "1", "true", "db"
}

// minLong is the length from which on a value is looked for inside of words, in bytes.
const minLong = 6

// maxEscaped bounds the values that are looked for escaped too, in bytes: all annotations together hold 256 kB.
const maxEscaped = 64 << 10

// secretValues collects the data values of Secrets.
func secretValues(objects ...*Object) (v hiddenTexts) {
	for _, o := range objects {
		if o == nil || !o.Secret {
			continue
		}
		root := o.parsed()
		for _, field := range []string{"data", "stringData"} {
			if m := root.field(field); m != nil && m.kind == '{' {
				for i := range m.items {
					v.add(m.items[i].text())
				}
			}
		}
		v.add(root.field("secret").text()) // of an OAuthClient
		if more := root.field("additionalSecrets"); more != nil {
			for i := range more.items {
				v.add(more.items[i].text())
			}
		}
		public := func(x string) bool { // its name says it already, as that of a bootstrap token
			return strings.Contains(o.Name, x) || strings.Contains(o.Namespace, x)
		}
		v.long, v.short = slices.DeleteFunc(v.long, public), slices.DeleteFunc(v.short, public)
	}
	return v
}

// add takes a value as it is stored: base64, or plain.
func (v *hiddenTexts) add(stored string) {
	v.text(stored)
	b, err := base64.StdEncoding.DecodeString(stored)
	if err != nil || len(b) == 0 {
		v.one(base64.RawStdEncoding.EncodeToString([]byte(stored)))
		return
	}
	v.one(base64.RawURLEncoding.EncodeToString(b))
	plain := string(b)
	v.text(plain)
	var any any
	if strings.HasPrefix(strings.TrimSpace(plain), "{") && json.Unmarshal(b, &any) == nil {
		v.leaves(any)
	}
}

// leaves takes the texts in a value that is JSON itself: a registry's login holds a password.
func (v *hiddenTexts) leaves(x any) {
	switch x := x.(type) {
	case map[string]any:
		for _, y := range x {
			v.leaves(y)
		}
	case []any:
		for _, y := range x {
			v.leaves(y)
		}
	case string:
		if len(x) >= minLong {
			v.one(x)
		}
	}
}

// text takes a plain text, whole and by its lines, and as JSON and URLs escape it.
func (v *hiddenTexts) text(s string) {
	s = strings.Trim(s, " \t\r\n=")
	if !utf8.ValidString(s) {
		return
	}
	v.one(s)
	if len(s) > maxEscaped {
		return
	}
	if js, err := json.Marshal(s); err == nil {
		v.one(string(js[1 : len(js)-1]))
	}
	v.one(url.QueryEscape(s))
	v.one(url.PathEscape(s))
	for l := range strings.Lines(s) {
		if l = strings.TrimSpace(l); len(l) >= 2*minLong && !strings.HasPrefix(l, "-----") {
			v.one(l)
		}
	}
}

func (v *hiddenTexts) one(s string) {
	to := &v.long
	if len(s) < minLong {
		to = &v.short
	}
	if s != "" && !slices.Contains(*to, s) {
		*to = append(*to, s)
	}
}

// in reports whether a text holds one of the values, also packed in base64 as a whole.
func (v *hiddenTexts) in(s string) bool {
	if v.found(s) {
		return true
	}
	b, err := unpacked(s)
	return err == nil && v.found(string(b))
}

func (v *hiddenTexts) found(s string) bool {
	return v.foundLong(s) || slices.ContainsFunc(v.short, func(x string) bool { return word(s, x) })
}

func (v *hiddenTexts) foundLong(s string) bool {
	return slices.ContainsFunc(v.long, func(x string) bool { return strings.Contains(s, x) })
}

// word reports whether a text holds another one as a whole word.
func word(s, x string) bool {
	for at := 0; ; {
		i := strings.Index(s[at:], x)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(s[:at+i])
		after, _ := utf8.DecodeRuneInString(s[at+i+len(x):])
		if !letter(before) && !letter(after) {
			return true
		}
		at += i + 1
	}
}

func letter(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
