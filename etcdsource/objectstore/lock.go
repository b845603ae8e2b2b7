package objectstore

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// holder is who makes backups of a cluster, as the lock says.
type holder struct {
	Owner   string    `json:"owner"` // random
	Host    string    `json:"host"`
	PID     int       `json:"pid"`
	Expires time.Time `json:"expires"`
}

// slack is how far the clocks of those who share a bucket may differ.
const slack = 30 * time.Second

// Lock writes an object that says who makes backups, and renews it until release. lost ends when that failed for so long that
// another process may have taken it. The store is asked to write it only while no other has (If-None-Match, If-Match); where
// it does not know these, the object is read again after a while.
func (b *Bucket) Lock(ctx context.Context, cluster string) (context.Context, func(), error) {
	b.sweep() // also where the lock of a process that was killed still holds
	name := path.Join(ownFolder, cluster+".lock")
	host, _ := os.Hostname()
	me := holder{Owner: rand.Text(), Host: host, PID: os.Getpid()}
	data, etag, err := b.get(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	var was holder
	if json.Unmarshal(data, &was) == nil && time.Now().Before(was.Expires.Add(slack)) {
		return nil, nil, b.held(cluster, &was)
	}
	if err := b.hold(ctx, name, &me, etag); err != nil {
		if r := minio.ToErrorResponse(err); r.StatusCode == 412 || r.StatusCode == 409 {
			return nil, nil, b.held(cluster, &was)
		}
		return nil, nil, err
	}
	if err := b.mine(ctx, name, cluster, &me); err != nil {
		return nil, nil, err
	}
	b.cluster = cluster
	b.abortLeft(ctx)
	lost, lose := context.WithCancel(context.WithoutCancel(ctx))
	stop, done := make(chan struct{}), make(chan struct{})
	safego.Go(nil, func() {
		defer close(done)
		b.renew(lost, name, me, stop, lose)
	})
	return lost, func() {
		close(stop)
		lose()
		<-done
		b.cluster = ""
		free, cancel := context.WithTimeout(context.Background(), small)
		defer cancel()
		if b.mine(free, name, cluster, &me) == nil {
			_ = b.core.RemoveObject(free, b.name, b.key(name), minio.RemoveObjectOptions{})
		}
	}, nil
}

func (b *Bucket) held(cluster string, h *holder) error {
	who := "another process"
	if h.Host != "" {
		who += " on " + h.Host
	}
	return problem("lock "+b.String(), who+" makes backups of cluster "+cluster+" there", "wait for it, or stop it; a lock whose holder was killed ends by itself in a few minutes", fs.ErrExist)
}

// hold writes the lock, in the place of the one with an ETag, "" for none.
func (b *Bucket) hold(ctx context.Context, name string, me *holder, etag string) error {
	me.Expires = time.Now().UTC().Add(b.o.Lease)
	text, err := json.Marshal(me)
	if err != nil {
		return err
	}
	return b.set(ctx, name, text, func(o *minio.PutObjectOptions) {
		if etag == "" {
			o.SetMatchETagExcept("*")
		} else {
			o.SetMatchETag(etag)
		}
	})
}

// mine fails where another process holds the lock.
func (b *Bucket) mine(ctx context.Context, name, cluster string, me *holder) error {
	data, _, err := b.get(ctx, name)
	if err != nil {
		return err
	}
	var now holder
	if err := json.Unmarshal(data, &now); err != nil || now.Owner != me.Owner {
		return b.held(cluster, &now)
	}
	return nil
}

// renew renews the lock, until stop or until it is lost.
func (b *Bucket) renew(ctx context.Context, name string, me holder, stop <-chan struct{}, lose func()) {
	defer lose()
	until := me.Expires
	t := time.NewTicker(b.o.Lease / 6)
	defer t.Stop()
	for {
		select {
		case <-stop:
			return
		case <-t.C:
		}
		data, etag, err := b.get(ctx, name)
		var now holder
		if err == nil && (json.Unmarshal(data, &now) != nil || now.Owner != me.Owner) {
			return
		}
		if err == nil {
			err = b.hold(ctx, name, &me, etag)
		}
		switch {
		case err == nil:
			until = me.Expires
		case errors.Is(err, context.Canceled), time.Now().After(until):
			return
		}
	}
}
