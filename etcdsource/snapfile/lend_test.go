package snapfile

import (
	"context"
	"errors"
	"io"
	"reflect"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestLend: what is lent is what Watch copies, a Close waits until it is given back, and then nothing is lent any more.
func TestLend(t *testing.T) {
	t.Parallel()
	src, err := Open(t.Context(), "../demo/stories/pod/cut.db.zst", Options{})
	if err != nil {
		t.Fatal(err)
	}
	all := func(next func(context.Context) (etcdsource.Batch, error)) (list []etcdsource.Event) {
		for {
			b, err := next(t.Context())
			if errors.Is(err, io.EOF) {
				return list
			}
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, b.Events...)
		}
	}
	stream, err := src.Watch(t.Context(), etcdsource.Prefix(""), 1)
	if err != nil {
		t.Fatal(err)
	}
	want, closed := all(stream.Next), make(chan error)
	err = src.Lend(t.Context(), etcdsource.Prefix(""), 1, func(l *etcdsource.Loan) error {
		got := all(l.Next)
		go func() { closed <- src.Close() }()
		select {
		case <-closed:
			t.Error("closed while it is lent")
		case <-time.After(10 * time.Millisecond): // too short for a Close that does not wait only on a busy machine
		}
		if len(got) == 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%d changes are lent, want %d", len(got), len(want))
		}
		if err := l.Guard(func() error { panic("planted") }); err == nil {
			t.Error("a fault is no error")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := src.Lend(t.Context(), etcdsource.Prefix(""), 1, func(*etcdsource.Loan) error { return nil }); !errors.Is(err, errClosed) {
		t.Errorf("lent after Close: %v", err)
	}
}
