package snapfile

import (
	"bytes"
	"encoding/binary"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// record is one stored change: what etcd's mvccpb.KeyValue holds. Its slices are parts of the file.
type record struct {
	key, value      []byte
	create, version int64
	lease           int64
	ok              bool // false: the message is cut short or malformed; what came before that is filled in
}

// parseRecord reads an mvccpb.KeyValue.
func parseRecord(b []byte) (r record) {
	for len(b) > 0 {
		tag, n := uvarint(b)
		if n <= 0 || tag>>3 < uint64(protowire.MinValidNumber) || tag>>3 > uint64(protowire.MaxValidNumber) {
			return r
		}
		b = b[n:]
		if t := protowire.Type(tag & 7); t != protowire.VarintType && t != protowire.BytesType { // none that we know
			if n = protowire.ConsumeFieldValue(protowire.Number(tag>>3), t, b); n < 0 {
				return r
			}
			b = b[n:]
			continue
		}
		v, n := uvarint(b)
		if n <= 0 {
			return r
		}
		if b = b[n:]; tag&7 == 2 && v > uint64(len(b)) {
			return r
		}
		switch tag {
		case 1<<3 | 2:
			r.key = b[:v:v]
		case 2 << 3:
			r.create = int64(v)
		case 4 << 3:
			r.version = int64(v)
		case 5<<3 | 2:
			r.value = b[:v:v]
		case 6 << 3:
			r.lease = int64(v)
		}
		if tag&7 == 2 {
			b = b[v:]
		}
	}
	r.ok = r.key != nil
	return r
}

// uvarint is binary.Uvarint, which the compiler does not set in place; most numbers are of one byte.
func uvarint(b []byte) (uint64, int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	return binary.Uvarint(b)
}

// recordKey reads the key alone: the message's first field. It returns nil where there is none.
func recordKey(b []byte) []byte {
	if len(b) < 2 || b[0] != 1<<3|2 {
		return nil
	}
	if n := int(b[1]); n < 0x80 {
		if len(b) < 2+n {
			return nil
		}
		return b[2 : 2+n : 2+n]
	}
	v, n := binary.Uvarint(b[1:])
	if n <= 0 || v > uint64(len(b)-1-n) {
		return nil
	}
	return b[1+n : 1+n+int(v) : 1+n+int(v)]
}

// revision reads the bucket key of a record: main and sub-revision, and whether it is a deletion.
func revision(k []byte) (main, sub int64, dead, ok bool) {
	if len(k) < 17 || len(k) > 18 || k[8] != '_' || len(k) == 18 && k[17] != 't' {
		return 0, 0, false, false
	}
	main, sub = int64(binary.BigEndian.Uint64(k)), int64(binary.BigEndian.Uint64(k[9:]))
	return main, sub, len(k) == 18, main >= 0 && sub >= 0
}

// event copies a record out of the file, with its value; it is called inside mapping.read.
func event(c contents, ref uint32, compacted int64) etcdsource.Event {
	e := lent(c, ref, compacted)
	if e.Type == etcdsource.Deleted {
		e.Key = bytes.Clone(e.Key)
		return e
	}
	n := len(e.Key)
	both := bytes.Join([][]byte{e.Key, e.Value}, nil) // which clears no memory that it fills
	e.Key, e.Value = both[:n:n], both[n:]
	return e
}

// lent is event without copying: its key and value are parts of the file.
func lent(c contents, ref uint32, compacted int64) etcdsource.Event {
	k, v := c.element(ref)
	return changeOf(c, ref, k, v, compacted)
}

// changeOf is lent for an element that was found.
func changeOf(c contents, ref uint32, k, v []byte, compacted int64) etcdsource.Event {
	main, sub, dead, _ := revision(k)
	r := parseRecord(v)
	e := etcdsource.Event{Mod: main, Sub: sub, Type: etcdsource.Deleted, Kept: main <= compacted}
	if e.Time, e.NotBefore = c.times(ref); !e.Time.IsZero() {
		e.TimeFrom = c.timeFrom
	}
	e.Key = r.key[:len(r.key):len(r.key)]
	if dead {
		return e
	}
	e.Value = r.value[:len(r.value):len(r.value)]
	e.Create, e.Version, e.Lease, e.Type = r.create, r.version, r.lease, etcdsource.Updated
	if r.version == 1 {
		e.Type = etcdsource.Created
	}
	return e
}
