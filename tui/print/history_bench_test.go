package print

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	goruntime "runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// historyEnv names the snapshot file whose history is read; without it that of the demo is, which is small.
const historyEnv = "ETCDSCOPE_BENCH_FILE"

// BenchmarkHistory reads the whole history of a file, and compares that with its floor, run in turn with it: to open the file,
// which builds the index, and to unmarshal each version on two cores. Both are measured in processor time, so that the ratio
// holds on a busy machine, and in time. Targets at 304,000 revisions: log --changes 8, log 6, report 7 times the floor's time.
// With a small file that is read in turn with it (see smallEnv) it says by how much a revision takes longer in a large one: a
// pass that looks again and again at all that is remembered shows there.
func BenchmarkHistory(b *testing.B) {
	demo := "../../etcdsource/demo/stories/pod/cut.db.zst"
	file, small := cmp.Or(os.Getenv(historyEnv), demo), cmp.Or(os.Getenv(smallEnv), demo)
	for _, c := range []struct{ name, args string }{
		{"changes", "log -A --changes -o json --from x"},
		{"log", "log -A --from x"},
		{"report", "report --from x"},
	} {
		b.Run(c.name, func(b *testing.B) {
			var least, took, fewTook timer
			revisions, few := 0, 0
			for b.Loop() {
				few = unmarshalAll(b, small)
				fewTook.time(func() { readAll(b, small, c.args) })
				least.time(func() { revisions = unmarshalAll(b, file) })
				took.time(func() { readAll(b, file, c.args) })
			}
			each := func(t *timer, n int) float64 { return t.median(t.cpu).Seconds() * 1e6 / float64(n) }
			b.ReportMetric(each(&took, revisions), "cpu-µs/revision")
			b.ReportMetric(each(&took, revisions)/each(&fewTook, few), "x-small-cpu/revision")
			b.ReportMetric(100*float64(took.median(took.gc))/float64(took.median(took.cpu)), "%-collecting")
			b.ReportMetric(float64(took.median(took.cpu))/float64(least.median(least.cpu)), "x-floor-cpu")
			b.ReportMetric(float64(took.median(took.wall))/float64(least.median(least.wall)), "x-floor-time")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// readAll runs a command on a file.
func readAll(b *testing.B, file, args string) {
	code := Execute(b.Context(), strings.Fields(args), nil, io.Discard, io.Discard, Funcs{
		Open: func(ctx context.Context, _ OpenOptions) (Opened, error) {
			src, err := snapfile.Open(ctx, file, snapfile.Options{})
			return Opened{Source: src}, err
		},
	})
	if code != 0 {
		b.Fatal("exit", code)
	}
}

// timer measures time, processor time of the whole process, and that of garbage collection within it.
type timer struct{ wall, cpu, gc []time.Duration }

func (t *timer) time(f func()) {
	used := func() time.Duration {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	collected := func() time.Duration { // less what idle processors did, which costs nobody anything
		s := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/cpu/classes/gc/mark/idle:cpu-seconds"}}
		metrics.Read(s)
		return time.Duration((s[0].Value.Float64() - s[1].Value.Float64()) * 1e9)
	}
	goruntime.GC() // what is left of others is not counted, and the figures of the collector are current
	begun, before, gc := time.Now(), used(), collected()
	f()
	t.wall, t.cpu = append(t.wall, time.Since(begun)), append(t.cpu, used()-before)
	goruntime.GC()
	t.gc = append(t.gc, collected()-gc)
}

func (*timer) median(list []time.Duration) time.Duration {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// unmarshalAll opens a file, and unmarshals each version that is stored as protobuf on two cores. It returns how many
// revisions there are.
func unmarshalAll(b *testing.B, file string) (n int) {
	src, err := snapfile.Open(b.Context(), file, snapfile.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer src.Close()
	stream, err := src.Watch(b.Context(), etcdsource.Prefix(""), 1)
	if err != nil {
		b.Fatal(err)
	}
	defer stream.Close()
	batches := make(chan []etcdsource.Event, 8)
	var done sync.WaitGroup
	for range 2 {
		done.Go(func() {
			for events := range batches {
				for i := range events {
					unmarshal(events[i].Value)
				}
			}
		})
	}
	for {
		batch, err := stream.Next(b.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			b.Fatal(err)
		}
		n += len(batch.Events)
		batches <- slices.Clone(batch.Events)
	}
	close(batches)
	done.Wait()
	return n
}

func unmarshal(value []byte) {
	raw, ok := bytes.CutPrefix(value, []byte("k8s\x00"))
	if !ok {
		return
	}
	var u runtime.Unknown
	if u.Unmarshal(raw) != nil {
		return
	}
	obj, err := scheme.Scheme.New(schema.FromAPIVersionAndKind(u.APIVersion, u.Kind))
	if m, ok := obj.(interface{ Unmarshal([]byte) error }); ok && err == nil {
		_ = m.Unmarshal(u.Raw)
	}
}
