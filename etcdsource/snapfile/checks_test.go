package snapfile

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestChecks damages a snapshot in one way each: the check that is about it fails, and no other says more than is known.
func TestChecks(t *testing.T) {
	member := sourcetest.WriteMember(t, sourcetest.Spec{Ops: sourcetest.Generate(3)})
	bare, err := os.ReadFile(member)
	if err != nil {
		t.Fatal(err)
	}
	whole := append(append([]byte(nil), bare...), trailer(bare)...)
	flip := func(at int) []byte {
		b := append([]byte(nil), whole...)
		b[at] ^= 1
		return b
	}
	meta := func(name string, v []byte) []byte {
		path := filepath.Join(t.TempDir(), "m.db")
		if err := os.WriteFile(path, bare, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte(name), v) }); err != nil {
			t.Fatal(err)
		}
		db.Close()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return append(b, trailer(b)...)
	}
	for name, c := range map[string]struct {
		file []byte
		want string // state of checksum, pages, revisions, meta
	}{
		"whole":                      {whole, "passed passed passed passed"},
		"without a checksum":         {bare, "unchecked passed passed passed"},
		"a flip in the checksum":     {flip(len(whole) - 1), "failed passed passed passed"},
		"cut":                        {whole[:len(whole)/2/4096*4096], "unchecked failed unchecked unchecked"},
		"finished before scheduled":  {meta("finishedCompactRev", rev(1<<40, 0)), "passed passed passed failed"},
		"consistent_index too short": {meta("consistent_index", binary.BigEndian.AppendUint32(nil, 7)), "passed passed passed failed"},
	} {
		path := filepath.Join(t.TempDir(), "x.db")
		if err := os.WriteFile(path, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), path, Options{NoVerify: true})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		list, err := s.Checks(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, x := range list {
			got = append(got, [...]string{"unchecked", "checking", "passed", "failed"}[x.State])
			if x.State != etcdsource.Passed && x.Detail == "" {
				t.Errorf("%s: %s says nothing", name, x.Name)
			}
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%s: %s, want %s; %+v", name, g, c.want, list)
		}
		s.Close()
	}
}

func trailer(b []byte) []byte {
	h := sha256.Sum256(b)
	return h[:]
}

// TestChecksEndWithTheirContext: the checksum of a large file takes long.
func TestChecksEndWithTheirContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	checking, stop := context.WithCancel(context.Background())
	s := &Source{stop: stop}
	s.background.Go(func() { cancel(); <-checking.Done() })
	if _, err := s.Checks(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
