//go:build chaos

package tui

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

const (
	loadWriters = 8
	loadKeys    = 250 // of each writer
	loadTxn     = 20  // changes in a transaction, that of the writer's own sequence included
	loadRate    = 250 // transactions a second, as far as the machine can do it
	loadRoot    = "/registry/configmaps/chaos/"
)

// written is what a revision did, as it can be compared: how many changes, and hashes of all of them in order.
type written struct {
	changes int
	lines   maphashSum // type, key, version and length
	values  maphashSum // the values
}

type maphashSum uint64

var seed = maphash.MakeSeed()

// add adds a change of the revision.
func (w *written) add(typ, key string, version int64, length int) {
	var h maphash.Hash
	h.SetSeed(seed)
	fmt.Fprintf(&h, "%d %d %s %s %d %d", w.lines, w.changes, typ, key, version, length)
	w.lines = maphashSum(h.Sum64())
	w.changes++
}

// value adds the value of a change.
func (w *written) value(v []byte) {
	w.values = maphashSum(maphash.Bytes(seed, binary.LittleEndian.AppendUint64(append([]byte(nil), v...), uint64(w.values))))
}

// endState is what a key holds at the end.
type endState struct {
	mod, version int64
	length       int
	value        maphashSum
}

func valueSum(v []byte) maphashSum { return maphashSum(maphash.Bytes(seed, v)) }

// load writes, and records from the answers of the servers what it wrote: the truth that readers are compared with.
type load struct {
	t       *testing.T
	client  *clientv3.Client
	head    atomic.Int64
	txns    atomic.Int64
	retried atomic.Int64 // transactions whose answer was lost
	wait    func() bool  // whether a reader is too far behind
	waited  atomic.Int64 // for that, in nanoseconds
	mu      sync.Mutex
	revs    map[int64]written
	now     map[string]endState // deleted keys have version 0
}

func newLoad(t *testing.T, members []*etcdtest.Member) *load {
	t.Helper()
	var eps []string
	for _, m := range members {
		eps = append(eps, m.URL)
	}
	c, err := clientv3.New(clientv3.Config{Endpoints: eps, Logger: zap.NewNop(), DialOptions: []grpc.DialOption{grpc.WithNoProxy()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &load{t: t, client: c, revs: map[int64]written{}, now: map[string]endState{}}
}

// run writes until the context ends, and returns when all that was begun is known to be written.
func (l *load) run(ctx context.Context) {
	tick := time.NewTicker(time.Second / loadRate)
	defer tick.Stop()
	var wg sync.WaitGroup
	for i := range loadWriters {
		w := &writer{load: l, n: i, rand: rand.New(rand.NewPCG(10, uint64(i))), versions: map[string]int64{}, seq: fmt.Sprintf("%sseq-%d", loadRoot, i)}
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
					if l.wait() {
						l.waited.Add(int64(time.Second / loadRate))
					} else {
						w.txn()
					}
				}
			}
		})
	}
	wg.Wait()
}

// writer writes keys that no other writer touches. A sequence of its own, compared in each transaction, has every
// transaction written once, whatever happens to the answer.
type writer struct {
	*load
	n        int
	rand     *rand.Rand
	versions map[string]int64
	seq      string
	seqMod   int64
	count    int64
}

// step is one change of a transaction.
type step struct {
	key   string
	value []byte // nil deletes
}

func (w *writer) txn() {
	w.count++
	var steps []step
	for _, k := range w.rand.Perm(loadKeys)[:loadTxn-1] {
		s := step{key: fmt.Sprintf("%sw%d-%03d", loadRoot, w.n, k)}
		if w.versions[s.key] == 0 || w.rand.IntN(8) > 0 {
			s.value = configMap(s.key, w.count, strings.Repeat("x", w.rand.IntN(300)))
		}
		steps = append(steps, s)
	}
	steps = append(steps, step{w.seq, configMap(w.seq, w.count, "")})
	var ops []clientv3.Op
	for _, s := range steps {
		if s.value == nil {
			ops = append(ops, clientv3.OpDelete(s.key))
		} else {
			ops = append(ops, clientv3.OpPut(s.key, string(s.value)))
		}
	}
	w.note(w.commit(ops, string(steps[len(steps)-1].value)), steps)
}

// commit has the operations written, and returns in which revision.
func (w *writer) commit(ops []clientv3.Op, mark string) int64 {
	deadline := time.Now().Add(5 * time.Minute)
	for try := 0; ; try++ {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		r, err := w.client.Txn(ctx).If(clientv3.Compare(clientv3.ModRevision(w.seq), "=", w.seqMod)).Then(ops...).Else(clientv3.OpGet(w.seq)).Commit()
		cancel()
		switch {
		case err != nil && time.Now().After(deadline):
			panic(fmt.Sprintf("nothing can be written any more: %v", err))
		case err != nil:
			w.retried.Add(1)
			time.Sleep(10 * time.Millisecond)
			continue
		case r.Succeeded:
			w.seqMod = r.Header.Revision
			return w.seqMod
		}
		kv := r.Responses[0].GetResponseRange().Kvs[0]
		if string(kv.Value) != mark || try == 0 {
			panic("somebody else writes the keys of this test")
		}
		w.seqMod = kv.ModRevision
		return w.seqMod
	}
}

// note records what was written.
func (w *writer) note(rev int64, steps []step) {
	var did written
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range steps {
		typ := etcdsource.Deleted
		if v := w.versions[s.key]; s.value == nil {
			w.versions[s.key] = 0
		} else {
			w.versions[s.key] = v + 1
			if typ = etcdsource.Updated; v == 0 {
				typ = etcdsource.Created
			}
		}
		did.add(typ.String(), s.key, w.versions[s.key], len(s.value))
		did.value(s.value)
		w.now[s.key] = endState{rev, w.versions[s.key], len(s.value), valueSum(s.value)}
	}
	w.revs[rev] = did
	w.txns.Add(1)
	for old := w.head.Load(); rev > old && !w.head.CompareAndSwap(old, rev); old = w.head.Load() {
	}
}

// compact compacts at a revision; that somebody else has compacted further is no failure.
func (l *load) compact(rev int64) bool {
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		_, err := l.client.Compact(ctx, rev)
		cancel()
		if err == nil || strings.Contains(err.Error(), "has been compacted") {
			return true
		}
	}
	return false
}

func configMap(key string, n int64, pad string) []byte {
	name := strings.TrimPrefix(key, loadRoot)
	return fmt.Appendf(nil, `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":%q,"namespace":"chaos","uid":"3f0c"},"data":{"n":"%d","pad":%q}}`, name, n, pad)
}

// storedKeys reads all keys of the load from one member.
func storedKeys(w *clientv3.Client) (map[string]endState, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := w.Get(ctx, loadRoot, clientv3.WithPrefix())
	if err != nil {
		return nil, err
	}
	all := map[string]endState{}
	for _, kv := range r.Kvs {
		all[string(kv.Key)] = endState{kv.ModRevision, kv.Version, len(kv.Value), valueSum(kv.Value)}
	}
	return all, nil
}
