package objectstore

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// holder is who makes backups of a cluster, as the lock says.
type holder struct {
	Owner   string    `json:"owner"` // random
	Host    string    `json:"host"`
	PID     int       `json:"pid"`
	Expires time.Time `json:"expires"`
	Seconds float64   `json:"leaseSeconds,omitempty"` // how long it is held without being renewed
}

// slack is how far the clocks of those who share a bucket may differ.
const slack = 30 * time.Second

// over reports whether a lock was not renewed for so long that its holder has lost it. By the clock of the store, which is one for
// all; where the store does not say what time it is, by those of the holder and of this machine.
func (h *holder) over(is *stored, lease time.Duration) bool {
	if !is.aged {
		return time.Now().After(h.Expires.Add(slack))
	}
	if h.Seconds > 0 {
		lease = min(time.Duration(h.Seconds*float64(time.Second)), longestLease)
	}
	return is.age > lease+slack
}

// longestLease is more than any lock is held without being renewed.
const longestLease = time.Hour

// lease is a lock that is held.
type lease struct {
	name  string
	me    holder
	lose  context.CancelCauseFunc
	until atomic.Int64 // when it ends, unless it is renewed: nanoseconds of the clock, which goes on while a machine sleeps
}

func (l *lease) renewed() { l.until.Store(l.me.Expires.UnixNano()) }

// Held reports whether a process holds the lock of a cluster: it is renewed; known is false where the store does not say.
func (b *Bucket) Held(ctx context.Context, cluster string) (held, known bool) {
	is, err := b.read(ctx, path.Join(ownFolder, cluster+".lock"))
	if err != nil {
		return false, false
	}
	var h holder
	return json.Unmarshal(is.data, &h) == nil && !h.over(&is, b.o.Lease), true
}

// Lock writes an object that says who makes backups, and renews it until release. lost ends, with the reason as its cause, as soon as
// the object is seen to be removed or another's, and when it was not renewed for so long that another process may take it. The store is asked to write it only while no other has (If-None-Match, If-Match); where
// it does not know these, the object is read again after a while.
func (b *Bucket) Lock(ctx context.Context, cluster string) (context.Context, func(), error) {
	b.sweep() // also where the lock of a process that was killed still holds
	host, _ := os.Hostname()
	l := &lease{name: path.Join(ownFolder, cluster+".lock"), me: holder{Owner: rand.Text(), Host: host, PID: os.Getpid(), Seconds: b.o.Lease.Seconds()}}
	if err := b.take(ctx, l, cluster); err != nil {
		return nil, nil, err
	}
	b.cluster, b.lease = cluster, l
	b.abortLeft(ctx)
	var lost context.Context
	lost, l.lose = context.WithCancelCause(context.WithoutCancel(ctx))
	stop, done := make(chan struct{}), make(chan struct{})
	safego.Go(nil, func() {
		defer close(done)
		b.renew(lost, l, stop, cluster)
	})
	return lost, func() {
		close(stop)
		l.lose(nil)
		<-done
		b.cluster, b.lease = "", nil
		free, cancel := context.WithTimeout(context.Background(), small)
		defer cancel()
		if b.mine(free, l, cluster) == nil {
			_ = b.try(free, "release the lock", small, func(ctx context.Context) error { // where it stays, it is over after its lease
				return b.core.RemoveObject(ctx, b.name, b.key(l.name), minio.RemoveObjectOptions{})
			})
		}
	}, nil
}

// take writes the lock.
func (b *Bucket) take(ctx context.Context, l *lease, cluster string) error {
	is, err := b.read(ctx, l.name)
	if err != nil {
		return err
	}
	var was holder
	if json.Unmarshal(is.data, &was) == nil && !was.over(&is, b.o.Lease) {
		return b.held(cluster, &was)
	}
	if err := b.hold(ctx, l, is.etag); err != nil && !conflict(err) {
		return err
	}
	if err := b.mine(ctx, l, cluster); err != nil { // also where it was written, and the answer was lost
		return err
	}
	switch err := b.hold(ctx, l, ""); { // there is one now, so this must be refused
	case conflict(err):
		return nil
	case err != nil:
		return err
	}
	if err := sleep(ctx, b.o.Patience/6); err != nil { // another one may just be writing its own
		return err
	}
	return b.mine(ctx, l, cluster)
}

// conflict reports whether a store has refused to write an object because of the one that it has.
func conflict(err error) bool {
	var r minio.ErrorResponse
	return errors.As(err, &r) && (r.StatusCode == http.StatusPreconditionFailed || r.StatusCode == http.StatusConflict)
}

// still fails where the lock was lost: it was not renewed in time, as where a machine has slept, and another has it, or it was removed.
// Then lost ends too.
func (b *Bucket) still(ctx context.Context) error {
	if b.lease == nil {
		return nil
	}
	err := b.mine(ctx, b.lease, b.cluster)
	if taken(err) {
		err = b.lost(err)
		b.lease.lose(err)
	}
	return err
}

// lost says that the lock was lost, for a reason that is known.
func (b *Bucket) lost(why error) error {
	var own *etcdsource.Problem
	if !errors.As(why, &own) {
		return errors.Join(etcdsource.ErrLockLost, why)
	}
	copied := *own
	copied.Err = errors.Join(etcdsource.ErrLockLost, own.Err)
	return &copied
}

func (b *Bucket) held(cluster string, h *holder) error {
	who := "another process"
	if h.Host != "" {
		who += " on " + h.Host
	}
	return problem("lock "+b.String(), who+" makes backups of cluster "+cluster+" there", "wait for it, or stop it; a lock whose holder was killed ends by itself in a few minutes", errOthers)
}

// hold writes the lock, in the place of the one with an ETag, "" for none.
func (b *Bucket) hold(ctx context.Context, l *lease, etag string) error {
	l.me.Expires = time.Now().UTC().Add(b.o.Lease)
	text, err := json.Marshal(&l.me)
	if err != nil {
		return err
	}
	err = b.set(ctx, l.name, text, func(o *minio.PutObjectOptions) {
		if etag == "" {
			o.SetMatchETagExcept("*")
		} else {
			o.SetMatchETag(etag)
		}
	})
	if err == nil {
		l.renewed()
	}
	return err
}

// mine fails where another process holds the lock.
func (b *Bucket) mine(ctx context.Context, l *lease, cluster string) error {
	is, err := b.read(ctx, l.name)
	if err != nil {
		return err
	}
	return b.whose(&is, l, cluster)
}

// taken reports whether an error says that a lock is not there any more, or another's.
func taken(err error) bool { return errors.Is(err, errGone) || errors.Is(err, errOthers) }

var (
	errGone   = fmt.Errorf("the lock was removed: %w", fs.ErrNotExist)
	errOthers = fmt.Errorf("the lock is another's: %w", fs.ErrExist)
)

// whose fails where what was read is not a lock of this process.
func (b *Bucket) whose(is *stored, l *lease, cluster string) error {
	if is.data == nil {
		return problem("write into "+b.String(), "the lock "+l.name+" was removed: another process may make backups there now", "see that no other one does, and start the schedule again; leave the lock where it is", errGone)
	}
	var now holder
	if err := json.Unmarshal(is.data, &now); err != nil || now.Owner != l.me.Owner {
		return b.held(cluster, &now)
	}
	return nil
}

// renew renews the lock, until stop or until it is lost.
func (b *Bucket) renew(ctx context.Context, l *lease, stop <-chan struct{}, cluster string) {
	t := time.NewTicker(b.o.Lease / 6)
	defer t.Stop()
	for {
		select {
		case <-stop:
			return
		case <-t.C:
		}
		err := b.again(ctx, l, cluster)
		select {
		case <-stop: // what was asked of the store ends with it
			return
		default:
		}
		if taken(err) || err != nil && time.Now().UnixNano() > l.until.Load() {
			l.lose(b.lost(err))
			return
		}
	}
}

// again renews the lock once.
func (b *Bucket) again(ctx context.Context, l *lease, cluster string) error {
	is, err := b.read(ctx, l.name)
	if err == nil {
		err = b.whose(&is, l, cluster)
	}
	if err != nil {
		return err
	}
	return b.hold(ctx, l, is.etag)
}
