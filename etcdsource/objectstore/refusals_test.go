package objectstore

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// answering answers each request that writes with an error.
type answering struct {
	next   http.RoundTripper
	status int
	code   string
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return a.next.RoundTrip(r)
	}
	return &http.Response{StatusCode: a.status, Status: a.code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("<Error><Code>" + a.code + "</Code><Region>eu-west-1</Region></Error>")), Request: r}, nil
}

// TestRefusals: the error distinguishes a store that is full from one that refuses, whatever status they answer with.
func TestRefusals(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	for code, c := range map[string]struct {
		status int
		want   string
	}{
		"QuotaExceeded": {403, "the store is full"}, "XMinioAdminBucketQuotaExceeded": {400, "the store is full"}, "XMinioStorageFull": {507, "the store is full"},
		"AccessDenied": {403, "the store refuses it"}, "InvalidAccessKeyId": {403, "the store refuses it, for it knows no such key (InvalidAccessKeyId); check AWS_ACCESS_KEY_ID"},
		"SignatureDoesNotMatch": {403, "the secret is not that of the key (SignatureDoesNotMatch); check AWS_SECRET_ACCESS_KEY"}, "ExpiredToken": {400, "the credentials have expired (ExpiredToken); get new ones"},
		"InvalidToken": {400, "check AWS_SESSION_TOKEN"}, "RequestTimeTooSkewed": {403, "its clock and that of this machine differ too much (RequestTimeTooSkewed); set the clock of this machine"},
		"AuthorizationHeaderMalformed": {400, "in another region (AuthorizationHeaderMalformed); put it into the environment: AWS_REGION=eu-west-1"}, "502 Bad Gateway": {502, "at last with 502 Bad Gateway; try again later"}, "": {507, "the store is full"},
		"NoSuchBucket":      {404, "there is no such bucket"},
		"InvalidBucketName": {400, "the store takes no bucket of that name (InvalidBucketName); check the name"}, "SomethingElse": {400, "the store refuses it (400 SomethingElse): "},
	} {
		sound := bucket(t, url, f)
		b, err := Open(sound.place, Options{Env: sound.o.Env, Transport: answering{f, c.status, code}, Creds: sound.o.Creds, Pause: time.Millisecond, Attempts: 2})
		if err != nil {
			t.Fatal(err)
		}
		path, k, _ := file(t, "etcd-20260101-000000.db", 100, 1)
		if err := b.Put(t.Context(), path, &k); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d %s: %v", c.status, code, err)
		}
		b.Close()
	}
}

// broken breaks each connection, or fails each request.
type broken struct{ status int }

func (b broken) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{StatusCode: b.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("<Error><Code>SlowDown</Code></Error>")), Request: r}, nil
}

// TestLockUnderFaults: a lock that cannot be read says what was tried, why it failed, and what to do.
func TestLockUnderFaults(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	for status, want := range map[int]string{
		0:   "read the lock s3://backups/prod/etcd/.etcdscope/c1.lock: the store did not answer as it should, 2 times: it closed the connection before it answered; check the network",
		503: "read the lock s3://backups/prod/etcd/.etcdscope/c1.lock: the store failed 2 times, at last with 503 SlowDown; try again later",
	} {
		sound := bucket(t, url, f)
		b, err := Open(sound.place, Options{Env: sound.o.Env, Transport: broken{status}, Creds: sound.o.Creds, Pause: time.Millisecond, Attempts: 2})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.Lock(t.Context(), "c1"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v", status, err)
		}
		b.Close()
	}
}

// TestBucketNames: a name that no bucket can have is refused before anything is asked, with what is wrong and what to do.
func TestBucketNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"ab": "cannot be shorter than 3 characters", strings.Repeat("a", 64): "cannot be longer than 63 characters", "192.168.1.1": "cannot be an ip address", "foo bar": "contains invalid characters", "a..b": "contains invalid characters"} {
		_, err := Open(etcdsource.Place{Path: "s3://" + name + "/prefix"}, Options{Env: func(string) string { return "" }})
		var p *etcdsource.Problem
		if !errors.As(err, &p) || p.Tried != "open s3://"+name+"/prefix" || !strings.Contains(p.Why, want) || !strings.Contains(p.Why, name) || !strings.Contains(p.Do, "s3://BUCKET/PREFIX") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"etcd-backups", "a.b.c", "a1b", "My_Bucket"} { // the last as stores of one's own take it
		b, err := Open(etcdsource.Place{Path: "s3://" + name}, Options{Env: func(string) string { return "" }})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		b.Close()
	}
}
