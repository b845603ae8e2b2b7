// Package storetest runs an S3 store over TLS for tests.
package storetest

import (
	"bytes"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// Name is the bucket that a store has.
const Name = "backups"

// Store is a store with one bucket.
type Store struct {
	t      testing.TB
	client *http.Client
	URL    string
	CAFile string // its certificate
}

// New starts a store, which ends with the test.
func New(t testing.TB) *Store {
	t.Helper()
	s := &Store{t: t, CAFile: filepath.Join(t.TempDir(), "ca.pem")}
	mem := s3mem.New()
	if err := mem.CreateBucket(Name); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(gofakes3.New(mem, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(server.Close)
	s.URL, s.client = server.URL, server.Client()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(s.CAFile, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// Setenv makes it the store of the environment, of this process and those that it starts.
func (s *Store) Setenv(t *testing.T) {
	t.Helper()
	for k, v := range s.Env() {
		t.Setenv(k, v)
	}
}

// Env are the variables that lead to the store.
func (s *Store) Env() map[string]string {
	return map[string]string{"AWS_ENDPOINT_URL": s.URL, "AWS_ENDPOINT_URL_S3": "", "AWS_CA_BUNDLE": s.CAFile, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "CANARY", "AWS_REGION": "us-east-1"}
}

// Put puts an object.
func (s *Store) Put(name string, data []byte) {
	s.t.Helper()
	if got := s.do(http.MethodPut, name, data); got != http.StatusOK {
		s.t.Fatal(name, got)
	}
}

// Remove removes an object.
func (s *Store) Remove(name string) {
	s.t.Helper()
	if got := s.do(http.MethodDelete, name, nil); got != http.StatusNoContent {
		s.t.Fatal(name, got)
	}
}

func (s *Store) do(method, name string, data []byte) (status int) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+"/"+Name+"/"+name, bytes.NewReader(data))
	if err != nil {
		s.t.Fatal(err)
	}
	answer, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}
