package rehearse

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// comparison is what a member serves, held against the file.
type comparison struct {
	keys     int64 // of the file
	revision int64 // of the store
	differs  string
}

// dialSocket connects to a member's socket, whose path may be longer than a socket's address. end closes the connection.
func dialSocket(socket string) (c *clientv3.Client, end func(), err error) {
	dir, err := os.Open(filepath.Dir(socket))
	if err != nil {
		return nil, nil, err
	}
	path := socket
	if runtime.GOOS == "linux" {
		path = fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(socket))
	}
	dial := func(ctx context.Context, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	c, err = clientv3.New(clientv3.Config{Endpoints: []string{"unix://member"}, Logger: zap.NewNop(),
		DialOptions: []grpc.DialOption{grpc.WithContextDialer(dial)}})
	if err != nil {
		dir.Close()
		return nil, nil, err
	}
	return c, func() { c.Close(); dir.Close() }, nil
}

// compare reads all keys of a member, as they were when it started, and holds them against the file's.
func (r *rehearsal) compare(ctx context.Context, socket string) (c comparison, err error) {
	cli, end, err := dialSocket(socket)
	if err != nil {
		return c, err
	}
	defer end()
	info, err := r.file.Describe(ctx)
	if err != nil {
		return c, err
	}
	head, err := cli.Get(ctx, "\x00", clientv3.WithSerializable(), clientv3.WithCountOnly())
	if err != nil {
		return c, err
	}
	// Leases end while the member runs, and take their keys along: it is read at the revision that it began with.
	c.revision = info.Revision + int64(r.Bump)
	if head.Header.Revision < c.revision {
		c.differs = fmt.Sprintf("the store is at revision %d, not %d", head.Header.Revision, c.revision)
		return c, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := cli.GetStream(ctx, "\x00", clientv3.WithFromKey(), clientv3.WithSerializable(), clientv3.WithRev(c.revision))
	if err != nil {
		return c, err
	}
	next := keysOf(ctx, r.file)
	for chunk := range stream {
		if err := chunk.Err(); err != nil {
			return c, err
		}
		for _, kv := range chunk.Kvs {
			e, err := next()
			if err != nil {
				return c, err
			}
			if c.differs = difference(e, kv); c.differs != "" {
				return c, nil
			}
			c.keys++
		}
	}
	e, err := next()
	if err == nil {
		c.differs = difference(e, nil)
	}
	return c, err
}

// keysOf returns a function that returns one key of the file after the other with its value, nil behind the last.
func keysOf(ctx context.Context, src etcdsource.Source) func() (*etcdsource.Entry, error) {
	span := etcdsource.Prefix("")
	span.Values = true
	var page etcdsource.Page
	i, more := 0, true
	return func() (*etcdsource.Entry, error) {
		for i == len(page.Entries) {
			if !more {
				return nil, nil
			}
			var err error
			if page, err = src.Range(ctx, span, etcdsource.At{}); err != nil {
				return nil, err
			}
			i, more = 0, page.More && len(page.Entries) > 0
			if more {
				span = span.After(page.Entries[len(page.Entries)-1].Key)
			}
		}
		i++
		return &page.Entries[i-1], nil
	}
}

// difference says how a key of the file and one of the member differ, "" where they do not.
func difference(e *etcdsource.Entry, kv *mvccpb.KeyValue) string {
	name := func(k []byte) string { return fmt.Sprintf("%q", k) }
	switch {
	case e == nil && kv == nil:
		return ""
	case e == nil:
		return name(kv.Key) + " is not in the file"
	case kv == nil:
		return name(e.Key) + " is not in the store"
	case !bytes.Equal(e.Key, kv.Key):
		return fmt.Sprintf("the store has %s, where the file has %s", name(kv.Key), name(e.Key))
	case !bytes.Equal(e.Value, kv.Value):
		return "the value of " + name(e.Key) + " differs"
	case e.Create != kv.CreateRevision || e.Mod != kv.ModRevision || e.Version != kv.Version || e.Lease != kv.Lease:
		return "revision, version or lease of " + name(e.Key) + " differ"
	}
	return ""
}
