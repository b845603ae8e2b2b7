package discover

import (
	"bytes"
	"regexp"
)

// auditNamed matches the flag that names the audit log, in the files by which distributions pass it on: as an argument,
// as a field, as the only item of a list.
var auditNamed = regexp.MustCompile(`audit-log-path(?:=["']?|["']?\s*:(?:\s|\[|-\s|["'])*)([^\s"',\]]+)`)

// namedAudit returns the audit log that a text names last, "" where it names none, "-" for the output of the API server.
func namedAudit(text []byte) (path string) {
	var kept []byte
	for line := range bytes.Lines(text) {
		if l := bytes.TrimSpace(line); len(l) == 0 || l[0] != '#' {
			kept = append(kept, line...)
		}
	}
	for _, m := range auditNamed.FindAllSubmatch(kept, -1) {
		path = string(m[1])
	}
	return path
}

// auditLog returns the audit log that a distribution's files name, else the one that it keeps where none is named; "" where
// there is none.
func (f *finder) auditLog(d *distro) string {
	for _, pattern := range d.configs {
		found := f.glob(pattern)
		for i := len(found) - 1; i >= 0; i-- {
			text, _ := f.settings(found[i])
			if p := namedAudit(text); p == "-" {
				return ""
			} else if p != "" {
				return f.path(p)
			}
		}
	}
	if d.audit != "" && f.exists(d.audit) {
		return f.path(d.audit)
	}
	return ""
}
