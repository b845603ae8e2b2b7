package verify

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"
	"io"
	"maps"
	"runtime"
	"slices"
	"sync"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
	"github.com/etcdscope/etcdscope/model/learn"
)

// Values is what the values of a store are.
type Values struct {
	Versions   int64        // versions that were decoded; keys of other programs are not counted
	Unreadable []Unreadable // in order of the keys, at most maxNamed
	Bad        int64        // keys with a version that cannot be read
	Encrypted  int64        // versions that are encrypted, and no configuration with keys was given, or it is a KMS
	Providers  []string     // that encrypted these, in order
	Unknown    int64        // versions of a kind, or with fields, that this build does not know
}

// Unreadable is a key with a version that cannot be read.
type Unreadable struct {
	Key      []byte
	Revision int64  // of the first such version
	Why      string // one safe line
}

// maxNamed is how many keys that cannot be read are named.
const maxNamed = 1000

// Read decodes every version of every key below the Kubernetes roots, on all cores, and keeps none. It calls progress every
// now and then with the revision that it has come to; the calls come one after the other.
func Read(ctx context.Context, o *learn.Opened, progress func(revision int64)) (*Values, error) {
	stream, err := o.Source.Watch(ctx, etcdsource.Prefix(""), 1)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	p := &pump{stream: stream, progress: progress}
	seed := maphash.MakeSeed()
	readers := make([]*reader, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i := range readers {
		r := &reader{o: o, check: o.Decoder.Checker(), seed: seed, hashes: map[uint64]bool{}, bad: map[string]Unreadable{}, providers: map[string]bool{}}
		readers[i] = r
		safego.Wait(&wg, func(err error) { stop(err) }, func() {
			if err := r.all(ctx, p); err != nil {
				stop(err)
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return merged(readers), nil
}

// pump hands out the batches of a stream, each to one of several readers.
type pump struct {
	mu       sync.Mutex
	stream   etcdsource.Stream
	progress func(revision int64)
	ended    bool
}

// next returns the next batch, io.EOF behind the last.
func (p *pump) next(ctx context.Context) (etcdsource.Batch, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return etcdsource.Batch{}, io.EOF
	}
	b, err := p.stream.Next(ctx)
	p.ended = err != nil || b.Status.State == etcdsource.Ended
	if err == nil {
		p.progress(b.Revision)
	}
	return b, err
}

// reader checks versions in a goroutine of its own.
type reader struct {
	Values
	o         *learn.Opened
	check     *decode.Checker
	seed      maphash.Seed
	hashes    map[uint64]bool       // of the keys that cannot be read
	bad       map[string]Unreadable // the first of these in order, up to twice maxNamed
	providers map[string]bool
}

func (r *reader) all(ctx context.Context, p *pump) error {
	for {
		b, err := p.next(ctx)
		for i := range b.Events {
			r.add(&b.Events[i])
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *reader) add(e *etcdsource.Event) {
	if e.Type == etcdsource.Deleted {
		return
	}
	if _, ok := r.o.Kinds.Locate(r.o.Root, e.Key); !ok {
		return // of another program
	}
	r.Versions++
	x := r.check.Check(e.Key, e.Value, e.Mod)
	switch {
	case x.Encryption.Provider != "" && x.Problem != "" && (r.o.Keyring == nil || x.Encryption.Provider == "kms"):
		r.Encrypted++
		r.providers[x.Encryption.Provider] = true
	case x.Foreign || x.Unknown > 0:
		r.Unknown++
	case x.Problem != "":
		r.unreadable(Unreadable{Key: e.Key, Revision: e.Mod, Why: x.Problem})
	}
}

// unreadable takes a version that cannot be read. Versions of a key come in order of time.
func (r *reader) unreadable(u Unreadable) {
	r.hashes[maphash.Bytes(r.seed, u.Key)] = true
	if _, known := r.bad[string(u.Key)]; known {
		return
	}
	if r.bad[string(u.Key)] = u; len(r.bad) >= 2*maxNamed {
		keys := slices.Sorted(maps.Keys(r.bad))
		for _, k := range keys[maxNamed:] {
			delete(r.bad, k)
		}
	}
}

// merged adds up what the readers have found.
func merged(readers []*reader) *Values {
	v := &Values{}
	first := readers[0]
	for i, r := range readers {
		v.Versions, v.Encrypted, v.Unknown = v.Versions+r.Versions, v.Encrypted+r.Encrypted, v.Unknown+r.Unknown
		if i == 0 {
			continue
		}
		maps.Copy(first.hashes, r.hashes)
		maps.Copy(first.providers, r.providers)
		for k, u := range r.bad {
			if known, ok := first.bad[k]; !ok || u.Revision < known.Revision {
				first.bad[k] = u
			}
		}
	}
	v.Providers = slices.Sorted(maps.Keys(first.providers))
	v.Bad = int64(len(first.hashes))
	v.Unreadable = slices.SortedFunc(maps.Values(first.bad), func(a, b Unreadable) int { return cmp.Compare(string(a.Key), string(b.Key)) })
	v.Unreadable = v.Unreadable[:min(len(v.Unreadable), maxNamed)]
	return v
}
