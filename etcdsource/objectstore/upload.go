package objectstore

import (
	"context"
	"crypto/md5" //nolint:gosec // what S3 compares
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/encrypt"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
)

// slowest is the rate below which a part is given up and sent again, in bytes a second.
const slowest = 64 << 10

// protect reads what is asked of the store for each object.
func (b *Bucket) protect() error {
	switch kind, key, _ := strings.Cut(strings.TrimPrefix(b.place.SSE, "aws:"), ":"); {
	case b.place.SSE == "":
	case b.place.SSE == "AES256":
		b.sse = encrypt.NewSSE()
	case kind == "kms" && strings.HasPrefix(b.place.SSE, "aws:"):
		sse, err := encrypt.NewSSEKMS(key, nil)
		if err != nil {
			return err
		}
		b.sse = sse
	default:
		return errors.New("--sse is AES256, aws:kms or aws:kms:KEY")
	}
	if b.place.ObjectLock == "" {
		return nil
	}
	mode, days, _ := strings.Cut(strings.ToUpper(b.place.ObjectLock), ":")
	n, err := strconv.Atoi(strings.TrimSuffix(days, "D"))
	if b.lock, b.days = minio.RetentionMode(mode), n; err != nil || n < 1 || n > 36500 || !b.lock.IsValid() {
		return errors.New("--object-lock is governance:DAYS or compliance:DAYS")
	}
	return nil
}

// options are those of an object that is put.
func (b *Bucket) options(k *etcdsource.Kept) minio.PutObjectOptions {
	o := minio.PutObjectOptions{ContentType: "application/octet-stream", ServerSideEncryption: b.sse, UserMetadata: map[string]string{tailKey: k.Tail, sumKey: k.SHA256}}
	if b.lock != "" {
		o.Mode, o.RetainUntilDate = b.lock, time.Now().UTC().AddDate(0, 0, b.days).Truncate(time.Second)
	}
	return o
}

// part is a piece of a file that is uploaded.
type part struct {
	at, n int64
	md5   []byte
}

// Put uploads a file and compares what the store has with it. The name must be free.
func (b *Bucket) Put(ctx context.Context, file string, k *etcdsource.Kept) error {
	what := "upload " + b.String() + "/" + k.Name
	p, err := b.Look(ctx, *k)
	switch {
	case err != nil:
		return err
	case p != etcdsource.Absent:
		return problem(what, "an object of that name exists", "", fs.ErrExist)
	}
	if err := b.still(ctx); err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return problem(what, disk.Why(err), "", err)
	}
	defer f.Close()
	parts, err := b.parts(ctx, f, k)
	if err != nil {
		return problem(what, disk.Why(err), "", err)
	}
	if err := b.send(ctx, what, f, k, parts); err != nil {
		return err
	}
	if err := b.compare(ctx, what, k, parts); err != nil {
		return err
	}
	f.Close()
	_ = os.Remove(file) // what is left of the stage is removed with it
	return nil
}

// parts reads a file once: the MD5 of each part, and the SHA-256 of all.
func (b *Bucket) parts(ctx context.Context, f *os.File, k *etcdsource.Kept) (list []part, err error) {
	all := sha256.New()
	for at := int64(0); at < k.Bytes; at += b.o.PartSize {
		one := md5.New() //nolint:gosec // what S3 compares
		n := min(b.o.PartSize, k.Bytes-at)
		if _, err := io.CopyN(io.MultiWriter(all, one), f, n); err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		list = append(list, part{at, n, one.Sum(nil)})
	}
	sum := hex.EncodeToString(all.Sum(nil))
	if k.SHA256 != "" && k.SHA256 != sum {
		return nil, errors.New("the file was changed since it was made")
	}
	k.SHA256 = sum
	return list, nil
}

// send uploads a file: at once, or in parts of which each is tried again. Nothing is left of one that fails.
func (b *Bucket) send(ctx context.Context, what string, f *os.File, k *etcdsource.Kept, parts []part) error {
	rate := &pace{rate: b.place.MaxRate}
	o := b.options(k)
	if len(parts) == 1 {
		o.SetMatchETagExcept("*")
		return b.try(ctx, what, b.limit(k.Bytes), func(ctx context.Context) error {
			_, err := b.core.PutObject(ctx, b.name, b.key(k.Name), rate.reader(ctx, f, 0, k.Bytes), k.Bytes, base64.StdEncoding.EncodeToString(parts[0].md5), "", o)
			return b.taken(ctx, k, err)
		})
	}
	var id string
	err := b.try(ctx, what, b.o.Patience, func(ctx context.Context) (err error) {
		id, err = b.core.NewMultipartUpload(ctx, b.name, b.key(k.Name), o)
		return err
	})
	if err != nil {
		return err
	}
	b.begun(ctx, b.key(k.Name), id)
	done := make([]minio.CompletePart, len(parts))
	for i, p := range parts {
		err = b.try(ctx, what, b.limit(p.n), func(ctx context.Context) error {
			r, err := b.core.PutObjectPart(ctx, b.name, b.key(k.Name), id, i+1, rate.reader(ctx, f, p.at, p.n), p.n,
				minio.PutObjectPartOptions{Md5Base64: base64.StdEncoding.EncodeToString(p.md5), SSE: b.sse})
			done[i] = minio.CompletePart{PartNumber: i + 1, ETag: r.ETag}
			return err
		})
		if err != nil {
			break
		}
	}
	if err == nil {
		err = b.try(ctx, what, 4*b.o.Patience, func(ctx context.Context) error {
			var last minio.PutObjectOptions
			last.SetMatchETagExcept("*")
			_, err := b.core.CompleteMultipartUpload(ctx, b.name, b.key(k.Name), id, done, last)
			return b.taken(ctx, k, err)
		})
	}
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), small)
	defer cancel()
	if err != nil && b.core.AbortMultipartUpload(clean, b.name, b.key(k.Name), id) != nil {
		return err // the next process tries again
	}
	b.over(clean)
	return err
}

// taken reports an attempt that has failed as a success where the store has the object: its answer was lost.
func (b *Bucket) taken(ctx context.Context, k *etcdsource.Kept, err error) error {
	if err == nil {
		return nil
	}
	o, serr := b.core.StatObject(ctx, b.name, b.key(k.Name), minio.StatObjectOptions{})
	switch {
	case serr == nil && o.Size == k.Bytes && o.UserMetadata[sumKey] == k.SHA256:
		return nil
	case serr == nil:
		return fmt.Errorf("an object of that name exists: %w", fs.ErrExist)
	}
	return err
}

// limit is how long a request may take that carries so many bytes.
func (b *Bucket) limit(n int64) time.Duration {
	rate := int64(slowest)
	if b.place.MaxRate > 0 {
		rate = min(rate, b.place.MaxRate/2+1)
	}
	return b.o.Patience + time.Duration(float64(b.o.Patience)*float64(n)/(float64(rate)*small.Seconds()))
}

// compare compares what the store says it has with what was sent: by the ETag, which is made of the MD5s of the parts, and
// where that is none, because the store encrypts, by reading all of it.
func (b *Bucket) compare(ctx context.Context, what string, k *etcdsource.Kept, parts []part) error {
	same := false
	err := b.try(ctx, what, b.o.Patience, func(ctx context.Context) error {
		o, err := b.core.StatObject(ctx, b.name, b.key(k.Name), minio.StatObjectOptions{})
		if err != nil {
			return err
		}
		same = o.Size == k.Bytes && strings.EqualFold(strings.Trim(o.ETag, `"`), etag(parts))
		return nil
	})
	if err != nil || same {
		return err
	}
	sum, err := b.digest(ctx, what, k)
	if err == nil && sum == k.SHA256 {
		return nil
	}
	if err == nil {
		err = problem(what, "what the store has is not what was sent", "try again; look for what changes it on the way", nil)
	}
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), small)
	defer cancel()
	_ = b.core.RemoveObject(clean, b.name, b.key(k.Name), minio.RemoveObjectOptions{}) // it was put there just now
	return err
}

// digest reads all of an object.
func (b *Bucket) digest(ctx context.Context, what string, k *etcdsource.Kept) (sum string, err error) {
	err = b.try(ctx, what, b.limit(k.Bytes), func(ctx context.Context) error {
		r, _, _, err := b.core.GetObject(ctx, b.name, b.key(k.Name), minio.GetObjectOptions{})
		if err != nil {
			return err
		}
		defer r.Close()
		h := sha256.New()
		if n, err := io.Copy(h, r); err != nil || n != k.Bytes {
			return errors.Join(err, fmt.Errorf("%d of %d bytes came back", n, k.Bytes))
		}
		sum = hex.EncodeToString(h.Sum(nil))
		return nil
	})
	return sum, err
}

// Confirm is Look, and reads all of it: what a process that was killed has uploaded was not compared.
func (b *Bucket) Confirm(ctx context.Context, k etcdsource.Kept) (etcdsource.Presence, error) {
	o, p, err := b.look(ctx, k)
	if err != nil || p != etcdsource.Present {
		return p, err
	}
	sum, err := b.digest(ctx, "compare "+b.String()+"/"+k.Name, &k)
	if err == nil && sum != o.UserMetadata[sumKey] {
		p = etcdsource.Other
	}
	return p, err
}

// etag is what a store says of an object that was put in parts.
func etag(parts []part) string {
	if len(parts) == 1 {
		return hex.EncodeToString(parts[0].md5)
	}
	all := md5.New() //nolint:gosec // what S3 compares
	for _, p := range parts {
		all.Write(p.md5)
	}
	return fmt.Sprintf("%x-%d", all.Sum(nil), len(parts))
}

func md5Of(data []byte) string {
	sum := md5.Sum(data) //nolint:gosec // what S3 compares
	return base64.StdEncoding.EncodeToString(sum[:])
}

// pace bounds the rate of an upload.
type pace struct {
	rate int64 // bytes a second, 0: no bound
	next time.Time
}

// reader reads a piece of a file at that rate.
func (p *pace) reader(ctx context.Context, f io.ReaderAt, at, n int64) io.Reader {
	s := io.NewSectionReader(f, at, n)
	if p.rate == 0 {
		return s
	}
	return &paced{s, p, ctx}
}

// paced can be read again from the start, as the section can.
type paced struct {
	*io.SectionReader
	pace *pace
	ctx  context.Context
}

// Read waits until the bytes before have had their time.
func (r *paced) Read(b []byte) (int, error) {
	p := r.pace
	n, err := r.SectionReader.Read(b[:min(int64(len(b)), max(p.rate/10, 1))])
	if now := time.Now(); p.next.Before(now) {
		p.next = now
	}
	p.next = p.next.Add(time.Duration(float64(n) / float64(p.rate) * float64(time.Second)))
	t := time.NewTimer(time.Until(p.next))
	defer t.Stop()
	select {
	case <-t.C:
		return n, err
	case <-r.ctx.Done():
		return n, r.ctx.Err()
	}
}

// WriteTo is not that of the section, which would read at any rate.
func (r *paced) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{r})
}
