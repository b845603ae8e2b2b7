package snapfile

import (
	"encoding/binary"

	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/etcdsource"
)

const (
	// timed marks an element with a time and its lower bound in front of the key: eight bytes each, nanoseconds since 1970, the bound
	// 0 where it is not known.
	timed    = 1 << 31
	timeSize = 16
)

// element makes an element of a page of a change, with all flags that it is to have.
func element(e *etcdsource.Event, flags uint32) ([]byte, error) {
	kv := &mvccpb.KeyValue{Key: e.Key}
	name := binary.BigEndian.AppendUint64(nil, uint64(e.Mod))
	name = binary.BigEndian.AppendUint64(append(name, '_'), uint64(e.Sub))
	if e.Type == etcdsource.Deleted {
		name = append(name, 't')
	} else {
		kv.Value, kv.CreateRevision, kv.ModRevision, kv.Version, kv.Lease = e.Value, e.Create, e.Mod, e.Version, e.Lease
	}
	value, err := proto.Marshal(kv)
	if err != nil {
		return nil, err
	}
	start := uint32(elementSize)
	if flags&timed != 0 {
		start += timeSize
	}
	b := le.AppendUint32(make([]byte, 0, int(start)+len(name)+len(value)+elementSize), flags)
	b = le.AppendUint32(b, start)
	b = le.AppendUint32(b, uint32(len(name)))
	b = le.AppendUint32(b, uint32(len(value)))
	if flags&timed != 0 {
		b = le.AppendUint64(b, uint64(e.Time.UnixNano()))
		bound := uint64(0)
		if !e.NotBefore.IsZero() {
			bound = uint64(e.NotBefore.UnixNano())
		}
		b = le.AppendUint64(b, bound)
	}
	b = append(append(b, name...), value...)
	return append(b, make([]byte, (elementSize-len(b)%elementSize)%elementSize)...), nil
}
