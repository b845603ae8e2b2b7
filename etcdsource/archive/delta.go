package archive

import "bytes"

// isDelta reports whether what begins like this is a delta snapshot: a list of events, as JSON.
func isDelta(head []byte) bool {
	rest, ok := bytes.CutPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("["))
	if !ok {
		return false
	}
	rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte("{"))
	rest = bytes.TrimLeft(rest, " \t\r\n")
	return ok && (bytes.HasPrefix(rest, []byte(`"etcdEvent"`)) || bytes.HasPrefix(rest, []byte(`"time"`)))
}
