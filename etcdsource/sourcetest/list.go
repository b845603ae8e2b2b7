package sourcetest

import (
	"bytes"
	"errors"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// list compares the streamed keys with those of the state, and ends a stream half-way.
func (c *checker) list(t *testing.T, rev int64, want []etcdsource.Event) {
	t.Helper()
	var got [][]byte
	err := etcdsource.List(c.ctx, c.src, etcdsource.Prefix(""), rev, func(keys [][]byte) error {
		for _, k := range keys {
			got = append(got, bytes.Clone(k))
		}
		return nil
	})
	if err != nil || len(got) != len(want) {
		t.Fatalf("revision %d: %d keys are listed, want %d (%v)", rev, len(got), len(want), err)
	}
	for i := range want {
		if !bytes.Equal(got[i], want[i].Key) {
			t.Fatalf("revision %d: key %d is listed as %q, want %q", rev, i, got[i], want[i].Key)
		}
	}
	enough := errors.New("enough")
	if err := etcdsource.List(c.ctx, c.src, etcdsource.Prefix(""), rev, func([][]byte) error { return enough }); len(want) > 0 && !errors.Is(err, enough) {
		t.Fatalf("revision %d: a list that was ended says %v", rev, err)
	}
}
