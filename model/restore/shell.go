package restore

import (
	"cmp"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
)

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// sh writes a word so that a shell takes it as it is.
func sh(word string) string {
	if plainWord.MatchString(word) && !strings.HasPrefix(word, "-") {
		return word
	}
	return clean.Shell(word)
}

// lines joins the lines of a command.
func lines(l ...string) string { return strings.Join(l, "\n") }

// wrapped joins words to one command of several lines.
func wrapped(words ...string) string { return strings.Join(words, " \\\n  ") }

// base is the name of the file.
func (m *maker) base() string { return filepath.Base(m.File.Path) }

// writable is the folder for what the steps make of the file: its own, unless nothing can be written there.
func (m *maker) writable() string {
	if !m.File.Fixed {
		return m.folder()
	}
	return cmp.Or(map[string]string{"talos": "/var/tmp"}[m.Distribution], "/var/lib") // Talos: the administrator's machine
}

// made is the path of a file that the steps make, of a name that is not taken.
func (m *maker) made(name string) string {
	if m.File.Fixed || slices.Contains(m.File.Beside, name) {
		base, ext, _ := strings.Cut(name, ".")
		name = base + "-" + m.f.Now.UTC().Format("20060102T150405") + "." + ext
	}
	return path.Join(m.writable(), name)
}
