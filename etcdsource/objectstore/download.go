package objectstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/etcdscope/etcdscope/etcdsource/disk"
)

// Stat returns what the store has under a name; ok is false where there is nothing.
func (b *Bucket) Stat(ctx context.Context, name string) (o Object, ok bool, err error) {
	err = b.try(ctx, "look at "+b.String()+"/"+name, b.o.Patience, func(ctx context.Context) error {
		info, err := b.core.StatObject(ctx, b.name, b.key(name), minio.StatObjectOptions{})
		switch {
		case err != nil && missing(err):
			ok = false
			return nil
		case err != nil:
			return err
		}
		o, ok = Object{name, info.Size, info.LastModified}, true
		return nil
	})
	return o, ok, err
}

// Download writes an object that was listed into an empty file. It is read in pieces of the size of a part, each of which is tried
// again; the size must be that of the list, no piece of another object, and the digest that which was noted when it was
// uploaded, if one was. progress receives the bytes that have come; it may be nil. What is in the file after an error is of no use.
func (b *Bucket) Download(ctx context.Context, o Object, to *os.File, progress func(done int64)) error {
	what := "copy " + b.String() + "/" + o.Name
	d := download{Bucket: b, o: o}
	h := sha256.New()
	for at := int64(0); at < o.Bytes; {
		n := min(b.o.PartSize, o.Bytes-at)
		piece := make([]byte, n)
		err := b.try(ctx, what, b.limit(n), func(ctx context.Context) error { return d.piece(ctx, piece, at) })
		if err != nil {
			return err
		}
		if _, err := to.Write(piece); err != nil {
			return problem(what, disk.Why(err), disk.Do(err, disk.Temporary), err)
		}
		h.Write(piece)
		if at += n; progress != nil {
			progress(at)
		}
	}
	if sum := hex.EncodeToString(h.Sum(nil)); d.sum != "" && sum != d.sum {
		return problem(what, "what the store has is not what was uploaded: its digest differs", "look at an older backup", nil)
	}
	return nil
}

// download is an object that is being read.
type download struct {
	*Bucket
	o    Object
	etag string // of the first piece
	sum  string // that was noted; "" for none
}

var errReplaced = errors.New("it was replaced meanwhile")

// piece reads a piece of the object.
func (d *download) piece(ctx context.Context, into []byte, at int64) error {
	get := minio.GetObjectOptions{}
	if err := get.SetRange(at, at+int64(len(into))-1); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, info, _, err := d.core.GetObject(ctx, d.name, d.key(d.o.Name), get)
	if err != nil {
		return err
	}
	defer r.Close()
	if d.etag == "" {
		d.etag, d.sum = info.ETag, info.UserMetadata[sumKey]
	}
	if info.ETag != d.etag {
		return problem("copy "+d.String()+"/"+d.o.Name, errReplaced.Error(), "try again", errReplaced)
	}
	stall := time.AfterFunc(stalled, cancel) // of a connection that is open and brings nothing
	defer stall.Stop()
	for n := 0; n < len(into); {
		got, err := r.Read(into[n:])
		if n += got; got > 0 {
			stall.Reset(stalled)
		}
		if err != nil && n < len(into) {
			return fmt.Errorf("%d of %d bytes have come: %w", n, len(into), errors.Join(err, io.ErrUnexpectedEOF))
		}
	}
	return nil
}

// stalled is how long a download may bring nothing.
const stalled = time.Minute
