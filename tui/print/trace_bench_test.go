package print

import (
	"cmp"
	"context"
	"io"
	"os"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// smallEnv names a snapshot file of a tenth of the keys of that of historyEnv.
const smallEnv = "ETCDSCOPE_BENCH_SMALL"

// BenchmarkFamily prints the family and the log of some Pods of a large file and of a small one, in turn. The ratio of the two is
// at most 2 where a command costs what the family costs: of files that are open, and with what it takes to open them, which
// grows with the file.
func BenchmarkFamily(b *testing.B) {
	demo := "../../etcdsource/demo/stories/pod/cut.db.zst"
	large := podsOf(b, cmp.Or(os.Getenv(historyEnv), demo))
	small := podsOf(b, cmp.Or(os.Getenv(smallEnv), demo))
	for _, command := range []string{"trace", "log"} {
		for _, opening := range []bool{false, true} {
			name := command + "/open"
			if opening {
				name = command + "/opening"
			}
			b.Run(name, func(b *testing.B) {
				var l, s timer
				for i := 0; b.Loop(); i++ {
					s.time(func() { small.run(b, command, i, opening) })
					l.time(func() { large.run(b, command, i, opening) })
				}
				b.ReportMetric(s.median(s.cpu).Seconds()*1e3, "small-cpu-ms")
				b.ReportMetric(l.median(l.cpu).Seconds()*1e3, "large-cpu-ms")
				b.ReportMetric(float64(l.median(l.cpu))/float64(s.median(s.cpu)), "x-small-cpu")
				b.ReportMetric(float64(l.median(l.wall))/float64(s.median(s.wall)), "x-small-time")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// benchFile is a file that is open, and the keys of some Pods in it.
type benchFile struct {
	path string
	src  etcdsource.Source
	pods []string
}

// podsOf opens a file, and chooses Pods all over it.
func podsOf(b *testing.B, path string) (f benchFile) {
	b.Helper()
	src, err := snapfile.Open(b.Context(), path, snapfile.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { src.Close() })
	f = benchFile{path: path, src: src}
	var all []string
	err = etcdsource.Each(b.Context(), src, etcdsource.Prefix("/registry/pods/"), 0, func(e etcdsource.Entry) error {
		all = append(all, string(e.Key))
		return nil
	})
	if err != nil || len(all) == 0 {
		b.Fatal(path, len(all), err)
	}
	for i := range 16 {
		f.pods = append(f.pods, all[i*len(all)/16])
	}
	return f
}

// run runs a command for one of the Pods.
func (f *benchFile) run(b *testing.B, command string, i int, opening bool) {
	code := Execute(b.Context(), []string{command, f.pods[i%len(f.pods)], "--from", "x"}, nil, io.Discard, io.Discard, Funcs{
		Open: func(ctx context.Context, _ OpenOptions) (Opened, error) {
			if !opening {
				return Opened{Source: open{f.src}}, nil
			}
			src, err := snapfile.Open(ctx, f.path, snapfile.Options{NoSum: true})
			return Opened{Source: src}, err
		},
	})
	if code != 0 {
		b.Fatal("exit", code)
	}
}
