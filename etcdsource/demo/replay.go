package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"time"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

const (
	// maxCut is the largest packed cut that is read, in bytes.
	maxCut = 16 << 20
	// leaseSeconds is how long the demo's leases live: a month. With the hour that the API server gives its events,
	// they would go while someone looks at them.
	leaseSeconds = 30 * 24 * 3600
	// writeLimit bounds one write.
	writeLimit = 10 * time.Second
)

// revision is what the cut holds of one revision: all its changes.
type revision []etcdsource.Event

// cut is a story's writes: those before the first step, in order, and those of the steps by their revision.
type cut struct {
	seed  []revision
	steps map[int64]revision
}

// readCut reads a story's cut, with the code that reads any snapshot. dir takes temporary files.
func readCut(ctx context.Context, s *script, dir string) (*cut, error) {
	packed, err := readLimited(s.files, s.Cut, maxCut)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, path.Base(s.Cut))
	if err := os.WriteFile(file, packed, 0o600); err != nil {
		return nil, err
	}
	defer os.Remove(file)
	src, err := snapfile.Open(ctx, file, snapfile.Options{TempDir: dir})
	if err != nil {
		return nil, err
	}
	defer src.Close()
	c := &cut{steps: map[int64]revision{}}
	for _, p := range s.Steps {
		if !p.Refused {
			c.steps[p.Revision] = nil
		}
	}
	if err := c.read(ctx, src); err != nil {
		return nil, err
	}
	for n, rev := range c.steps {
		if rev == nil {
			return nil, fmt.Errorf("%s has no revision %d", s.Cut, n)
		}
	}
	return c, nil
}

// read takes in every change that the source holds. What it keeps is its own: the source will be closed.
func (c *cut) read(ctx context.Context, src etcdsource.Source) error {
	stream, err := src.Watch(ctx, etcdsource.Prefix(""), 1)
	if err != nil {
		return err
	}
	defer stream.Close()
	for {
		batch, err := stream.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for rest := batch.Events; len(rest) > 0; {
			n := 1
			for n < len(rest) && rest[n].Mod == rest[0].Mod {
				n++
			}
			c.add(rest[:n])
			rest = rest[n:]
		}
	}
}

func (c *cut) add(events []etcdsource.Event) {
	rev := make(revision, len(events))
	for i, e := range events {
		e.Key, e.Value = append([]byte(nil), e.Key...), append([]byte(nil), e.Value...)
		rev[i] = e
	}
	if _, ok := c.steps[rev[0].Mod]; ok {
		c.steps[rev[0].Mod] = rev
		return
	}
	c.seed = append(c.seed, rev)
}

// writer writes revisions of a cut. The child has one that fills its etcd, the parent one for the steps; the demo's
// own etcd is all that either can reach. Nothing else in the program writes to an etcd.
type writer struct {
	client *clientv3.Client
	grants func(context.Context, *etcdserverpb.LeaseGrantRequest) (*etcdserverpb.LeaseGrantResponse, error)
	leases map[int64]bool
	head   int64 // revision of the newest write
}

func newWriter(client *clientv3.Client, grants func(context.Context, *etcdserverpb.LeaseGrantRequest) (*etcdserverpb.LeaseGrantResponse, error)) *writer {
	return &writer{client: client, grants: grants, leases: map[int64]bool{}}
}

// dialWriter connects to the server.
func dialWriter(ctx context.Context, s *server) (*writer, error) {
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{s.endpoint()}, DialTimeout: writeLimit, Logger: zap.NewNop()})
	if err != nil {
		return nil, err
	}
	w := newWriter(client, func(ctx context.Context, r *etcdserverpb.LeaseGrantRequest) (*etcdserverpb.LeaseGrantResponse, error) {
		return etcdserverpb.NewLeaseClient(client.ActiveConnection()).LeaseGrant(ctx, r)
	})
	ctx, cancel := context.WithTimeout(ctx, writeLimit)
	defer cancel()
	resp, err := client.Get(ctx, "a", clientv3.WithCountOnly())
	if err != nil {
		client.Close()
		return nil, err
	}
	w.head = resp.Header.Revision
	return w, nil
}

func (w *writer) close() { _ = w.client.Close() }

// write makes one revision of one of the cut's, and returns its number.
func (w *writer) write(ctx context.Context, rev revision) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, writeLimit)
	defer cancel()
	ops := make([]clientv3.Op, 0, len(rev))
	for _, e := range rev {
		if e.Type == etcdsource.Deleted {
			ops = append(ops, clientv3.OpDelete(string(e.Key)))
			continue
		}
		if err := w.grant(ctx, e.Lease); err != nil {
			return 0, err
		}
		ops = append(ops, clientv3.OpPut(string(e.Key), string(e.Value), clientv3.WithLease(clientv3.LeaseID(e.Lease))))
	}
	resp, err := w.client.Txn(ctx).Then(ops...).Commit()
	if err != nil {
		return 0, fmt.Errorf("write revision %d of the cut: %w", rev[0].Mod, err)
	}
	if resp.Header.Revision <= w.head {
		return 0, fmt.Errorf("revision %d of the cut changes nothing", rev[0].Mod)
	}
	w.head = resp.Header.Revision
	return w.head, nil
}

// grant makes the lease that a key is attached to, with the number that it has in the cut, unless it is there.
func (w *writer) grant(ctx context.Context, id int64) error {
	if id == 0 || w.leases[id] {
		return nil
	}
	_, err := w.grants(ctx, &etcdserverpb.LeaseGrantRequest{ID: id, TTL: leaseSeconds})
	if err != nil && !errors.Is(rpctypes.Error(err), rpctypes.ErrLeaseExist) {
		return fmt.Errorf("grant lease %x: %w", id, err)
	}
	w.leases[id] = true
	return nil
}
