package snapfile

import (
	"bytes"
	"io"
)

// isLZW reports whether what begins like this is packed with LZW. The format has no signature: what counts is whether a
// database, or a delta snapshot, comes out.
func isLZW(head []byte) bool {
	if len(head) < 8 || isText(head[:min(len(head), 64)]) {
		return false
	}
	r := lzwStream(bytes.NewReader(head))
	defer r.Close()
	out := make([]byte, maxPage+boltMagicEnd)
	n, _ := io.ReadFull(r.ReadCloser, out)
	return isBolt(out[:n]) || IsDelta(out[:n])
}

const (
	// maxPage is the size of the largest pages whose second meta page is looked for, in bytes.
	maxPage = 64 << 10
	// boltMagicEnd is where bbolt's magic number ends in a meta page.
	boltMagicEnd = 20
)

// IsDelta reports whether what begins like this is a delta snapshot as Gardener's etcd-backup-restore writes it: a list of
// events, as JSON.
func IsDelta(head []byte) bool {
	rest := head
	for _, next := range []string{"[", "{"} {
		var ok bool
		if rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(next)); !ok {
			return false
		}
	}
	rest = bytes.TrimLeft(rest, " \t\r\n")
	return bytes.HasPrefix(rest, []byte(`"etcdEvent"`)) || bytes.HasPrefix(rest, []byte(`"time"`))
}
