package print

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
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
func BenchmarkHistory(b *testing.B) {
	file := cmp.Or(os.Getenv(historyEnv), "../../etcdsource/demo/stories/pod/cut.db.zst")
	for _, c := range []struct{ name, args string }{
		{"changes", "log -A --changes -o json --from x"},
		{"log", "log -A --from x"},
		{"report", "report --from x"},
	} {
		b.Run(c.name, func(b *testing.B) {
			var least, took timer
			revisions := 0
			for b.Loop() {
				least.time(func() { revisions = unmarshalAll(b, file) })
				took.time(func() {
					code := Execute(b.Context(), strings.Fields(c.args), nil, io.Discard, io.Discard, Funcs{
						Open: func(ctx context.Context, _ OpenOptions) (Opened, error) {
							src, err := snapfile.Open(ctx, file, snapfile.Options{})
							return Opened{Source: src}, err
						},
					})
					if code != 0 {
						b.Fatal("exit", code)
					}
				})
			}
			b.ReportMetric(took.median(took.cpu).Seconds()*1e6/float64(revisions), "cpu-µs/revision")
			b.ReportMetric(float64(took.median(took.cpu))/float64(least.median(least.cpu)), "x-floor-cpu")
			b.ReportMetric(float64(took.median(took.wall))/float64(least.median(least.wall)), "x-floor-time")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// timer measures time, and processor time of the whole process.
type timer struct{ wall, cpu []time.Duration }

func (t *timer) time(f func()) {
	used := func() time.Duration {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	begun, before := time.Now(), used()
	f()
	t.wall, t.cpu = append(t.wall, time.Since(begun)), append(t.cpu, used()-before)
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
