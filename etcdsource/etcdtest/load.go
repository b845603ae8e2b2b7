package etcdtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// Load writes as an API server does, and as other programs may: conditional writes of which some fail, deletions also of
// what is not there, keys under leases that are revoked, transactions in transactions, compactions.
type Load struct {
	W    *clientv3.Client
	Rand *rand.Rand

	n        int
	mod, old map[string]int64 // revision of each key's newest version, and of the one before
	lease    []clientv3.LeaseID
	head     int64
}

// NewLoad makes a Load that does the same for the same seed.
func NewLoad(w *clientv3.Client, seed uint64) *Load {
	return &Load{W: w, Rand: rand.New(rand.NewPCG(seed, 1)), mod: map[string]int64{}, old: map[string]int64{}}
}

// Do makes n requests. What etcd refuses is part of it; an error is one of the connection.
func (l *Load) Do(t testing.TB, n int) {
	t.Helper()
	for range n {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		err := l.one(ctx)
		late := ctx.Err() != nil
		cancel()
		if err != nil && late {
			t.Fatal(err)
		}
	}
}

// Until makes requests until one of them is not answered, as when the member is killed.
func (l *Load) Until(ctx context.Context) {
	for ctx.Err() == nil {
		short, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := l.one(short)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			return
		}
	}
}

func (l *Load) one(ctx context.Context) error {
	l.n++
	key := fmt.Sprintf("/registry/pods/ns/p%02d", l.Rand.IntN(40))
	value := fmt.Sprintf("%d %s", l.n, make([]byte, l.Rand.IntN(300)))
	switch x := l.Rand.IntN(100); {
	case x < 45:
		return l.swap(ctx, key, clientv3.OpPut(key, value))
	case x < 55:
		return l.swap(ctx, key, clientv3.OpDelete(key))
	case x < 65:
		return l.leases(ctx, value)
	case x < 85:
		return l.odd(ctx, key, value)
	case x < 97 || l.head < 100 || l.Rand.IntN(3) > 0:
		_, err := l.W.Delete(ctx, fmt.Sprintf("/registry/pods/ns/p%d", l.Rand.IntN(9)), clientv3.WithPrefix())
		return err
	}
	_, err := l.W.Compact(ctx, l.head-int64(l.Rand.IntN(100))) // etcd writes its database first
	return err
}

// swap writes if the key is as it was seen last, or, seldom, as it was before that.
func (l *Load) swap(ctx context.Context, key string, op clientv3.Op) error {
	want := l.mod[key]
	if l.Rand.IntN(10) == 0 {
		want = l.old[key]
	}
	r, err := l.W.Txn(ctx).If(clientv3.Compare(clientv3.ModRevision(key), "=", want)).Then(op).Else(clientv3.OpGet(key)).Commit()
	if err != nil {
		return err
	}
	l.head = r.Header.Revision
	if r.Succeeded {
		l.old[key], l.mod[key] = l.mod[key], r.Header.Revision
		if op.IsDelete() {
			l.mod[key] = 0
		}
	} else if kvs := r.Responses[0].GetResponseRange().Kvs; len(kvs) > 0 {
		l.mod[key] = kvs[0].ModRevision
	} else {
		l.mod[key] = 0
	}
	return nil
}

// leases grants one, writes under one, or revokes one, also one that is not there any more.
func (l *Load) leases(ctx context.Context, value string) error {
	if len(l.lease) == 0 || l.Rand.IntN(4) == 0 {
		ttl := int64(3600)
		if l.Rand.IntN(5) == 0 {
			ttl = 2 // it expires while the load goes on
		}
		g, err := l.W.Grant(ctx, ttl)
		if err == nil {
			l.lease = append(l.lease, g.ID)
		}
		return err
	}
	id := l.lease[l.Rand.IntN(len(l.lease))]
	if l.Rand.IntN(4) == 0 {
		_, err := l.W.Revoke(ctx, id)
		return err
	}
	key := fmt.Sprintf("/registry/events/e%d", l.Rand.IntN(12))
	switch l.Rand.IntN(4) {
	case 0: // taken from the lease
		_, err := l.W.Put(ctx, key, value)
		return err
	case 1:
		_, err := l.W.Put(ctx, key, value, clientv3.WithIgnoreLease())
		return err
	}
	_, err := l.W.Put(ctx, key, value, clientv3.WithLease(id))
	return err
}

// odd makes a request that an API server does not make.
func (l *Load) odd(ctx context.Context, key, value string) error {
	other := fmt.Sprintf("/other/%d", l.Rand.IntN(6))
	switch l.Rand.IntN(6) {
	case 0:
		_, err := l.W.Put(ctx, other, "", clientv3.WithIgnoreValue())
		return err
	case 1: // a transaction in a transaction, and several changes of one revision
		_, err := l.W.Txn(ctx).If(clientv3.Compare(clientv3.Version(other), ">", 2)).
			Then(clientv3.OpTxn([]clientv3.Cmp{clientv3.Compare(clientv3.Value(key), "<", "5")}, []clientv3.Op{clientv3.OpDelete("/other/", clientv3.WithPrefix())}, []clientv3.Op{clientv3.OpPut(other+"/a", value), clientv3.OpPut(other+"/b", value)}), clientv3.OpDelete("/none")).
			Else(clientv3.OpPut(other, value), clientv3.OpTxn(nil, []clientv3.Op{clientv3.OpPut(key, value)}, nil)).Commit()
		return err
	case 2: // a condition over a range
		_, err := l.W.Txn(ctx).If(clientv3.Compare(clientv3.CreateRevision("/other/"), ">", l.head/2).WithPrefix()).Then(clientv3.OpPut(other, value)).Commit()
		return err
	case 3: // refused in whole: its lease does not exist, or its revision is not there
		_, err := l.W.Txn(ctx).Then(clientv3.OpPut(other, value), clientv3.OpPut(key, value, clientv3.WithLease(4711))).Commit()
		return err
	case 4:
		_, err := l.W.Txn(ctx).If(clientv3.Compare(clientv3.LeaseValue(key), "=", 0)).Then(clientv3.OpGet(key, clientv3.WithRev(max(1, l.head-30))), clientv3.OpPut(other, value)).Commit()
		return err
	}
	_, err := l.W.Put(ctx, other, value)
	return err
}
