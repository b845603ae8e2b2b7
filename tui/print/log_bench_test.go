package print

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/model/learn"
)

// BenchmarkLog prints the whole history of a file with its writers, and compares that with its floor, run in turn with
// it: to decode each version once and to compare it with the one before. The ratio should stay below 2.
func BenchmarkLog(b *testing.B) {
	src, err := snapfile.Open(b.Context(), "../../etcdsource/demo/stories/pod/cut.db.zst", snapfile.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer src.Close()
	known, err := learn.From(b.Context(), src, learn.Options{})
	if err != nil {
		b.Fatal(err)
	}
	var least, took time.Duration
	b.ReportAllocs()
	for b.Loop() {
		begun := time.Now()
		floor(b, known, src)
		least += time.Since(begun)
		begun = time.Now()
		code := Execute(b.Context(), []string{"log", "-o", "json", "--from", "x"}, nil, io.Discard, io.Discard, Funcs{
			Open: func(context.Context, OpenOptions) (Opened, error) { return Opened{Source: open{src}}, nil },
		})
		if took += time.Since(begun); code != 0 {
			b.Fatal("exit", code)
		}
	}
	b.ReportMetric(float64(least.Microseconds())/float64(b.N), "floor-µs")
	b.ReportMetric(float64(took)/float64(least), "times-floor")
}

// open is a source that stays open.
type open struct{ etcdsource.Source }

func (open) Close() error { return nil }

func (o open) Unwrap() etcdsource.Source { return o.Source }

func floor(b *testing.B, k *learn.Known, src etcdsource.Source) {
	stream, err := src.Watch(b.Context(), etcdsource.Prefix(""), 1)
	if err != nil {
		b.Fatal(err)
	}
	defer stream.Close()
	last := map[string]*decode.Object{}
	for {
		batch, err := stream.Next(b.Context())
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			b.Fatal(err)
		}
		for i := range batch.Events {
			e := &batch.Events[i]
			if e.Type == etcdsource.Deleted {
				delete(last, string(e.Key))
				continue
			}
			o := k.Decoder.Object(e.Key, e.Value, e.Mod)
			if before := last[string(e.Key)]; before != nil {
				k.Decoder.Diff(before, o, decode.View{})
			} else {
				o.Tree(decode.View{})
			}
			last[string(e.Key)] = o
		}
	}
}
