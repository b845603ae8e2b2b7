package snapfile

import (
	"context"
	"errors"
	"io"
	"reflect"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestLendPages: what is lent at any revision is what Range copies, whatever the span.
func TestLendPages(t *testing.T) {
	t.Parallel()
	src, err := Open(t.Context(), "../demo/stories/pod/cut.db.zst", Options{})
	if err != nil {
		t.Fatal(err)
	}
	type plain struct{ etcdsource.Source } // that lends nothing
	read := func(s etcdsource.Source, span etcdsource.Span, rev int64) (list []etcdsource.Entry, err error) {
		err = etcdsource.BorrowPages(t.Context(), s, span, rev, func(l *etcdsource.LentPages) error {
			for {
				p, err := l.Next(t.Context())
				if errors.Is(err, io.EOF) {
					return nil
				}
				if err != nil {
					return err
				}
				list = append(list, p.Entries...)
			}
		})
		return list, err
	}
	all := etcdsource.Prefix("")
	now, err := read(src, all, 0)
	if err != nil || len(now) == 0 {
		t.Fatal(len(now), err)
	}
	few := all
	few.Limit = 3 // pages of a Range
	for _, rev := range []int64{0, src.oldest(), (src.oldest() + src.db.head) / 2, src.db.head, src.db.head + 1, src.oldest() - 1} {
		for _, span := range []etcdsource.Span{all, few, etcdsource.Prefix("/registry/pods/"), etcdsource.Key(now[0].Key), etcdsource.Prefix("/none/")} {
			got, err1 := read(src, span, rev)
			want, err2 := read(plain{src}, span, rev)
			if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(err1, err2) {
				t.Errorf("%v at %d: %d entries, %v, want %d, %v", span, rev, len(got), err1, len(want), err2)
			}
		}
	}
	err = src.LendPages(t.Context(), all, etcdsource.At{}, func(l *etcdsource.LentPages) error {
		if err := l.Guard(func() error { panic("planted") }); err == nil {
			t.Error("a fault is no error")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := l.Next(ctx)
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	src.Close()
	if _, err := read(src, all, 0); !errors.Is(err, errClosed) {
		t.Errorf("closed: %v", err)
	}
}
