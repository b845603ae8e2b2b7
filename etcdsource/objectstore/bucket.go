package objectstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/encrypt"
	"github.com/minio/minio-go/v7/pkg/s3utils"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
)

const (
	ownFolder = ".etcdscope"
	maxIndex  = 64 << 20 // bytes
	maxNames  = 1_000_000
	// small is the deadline of a request that carries little, unless another one is given.
	small = 30 * time.Second
)

// Metadata of the objects that are put.
const (
	tailKey = "Etcdscope-Tail"
	sumKey  = "Etcdscope-Sha256"
)

// Options say how a bucket is opened; the zero value of each is for use.
type Options struct {
	Env       func(string) string      // nil: os.Getenv
	Transport http.RoundTripper        // nil: one that checks certificates, by AWS_CA_BUNDLE too
	Creds     *credentials.Credentials // nil: those of the environment
	PartSize  int64                    // bytes; 0: 16 MiB
	Attempts  int                      // of each request; 0: 5
	Pause     time.Duration            // before the second attempt, twice that before the third …; 0: a second
	Patience  time.Duration            // how long a request that carries little may take, and in proportion any other; 0: 30 seconds
	Lease     time.Duration            // how long a lock is held without being renewed; 0: three minutes
	TempDir   string                   // "" for the system's
}

// Bucket is a bucket, or what lies below a prefix in it. It is an etcdsource.Shelf.
type Bucket struct {
	core minio.Core
	anon *minio.Client
	name string
	// listable is what public has found.
	listable bool
	prefix   string // "" or ending in a slash
	place    etcdsource.Place
	sse      encrypt.ServerSide
	lock     minio.RetentionMode
	days     int
	o        Options
	cluster  string        // whose lock is held; "" for none
	lease    *lease        // the same
	stage    *disk.Scratch // of this process, nil while there is none
}

func problem(what, why, do string, err error) error {
	return &etcdsource.Problem{Tried: what, Why: why, Do: do, Err: err}
}

// Open opens a bucket; nothing is asked of the store yet. Errors are *etcdsource.Problem.
func Open(p etcdsource.Place, o Options) (*Bucket, error) {
	o.fill()
	b := &Bucket{place: p, o: o}
	tried := "open " + p.Path
	rest, ok := strings.CutPrefix(p.Path, etcdsource.BucketScheme)
	if b.name, b.prefix, _ = strings.Cut(rest, "/"); !ok || b.name == "" || strings.ContainsAny(b.name, "@:?#") {
		return nil, problem(tried, "it names no bucket", "give s3://BUCKET/PREFIX; the address of the store is --s3-endpoint", nil)
	}
	if err := s3utils.CheckValidBucketName(b.name); err != nil {
		return nil, problem(tried, fmt.Sprintf("%q is no name of a bucket: %s", b.name, strings.TrimPrefix(err.Error(), "Bucket name ")), "give s3://BUCKET/PREFIX; a name has 3 to 63 lower-case letters, digits, dots and hyphens", err)
	}
	if b.prefix = strings.Trim(b.prefix, "/"); b.prefix != "" {
		if !fs.ValidPath(b.prefix) {
			return nil, problem(tried, "its prefix is no plain path", "give s3://BUCKET/PREFIX", nil)
		}
		b.prefix += "/"
	}
	if err := b.protect(); err != nil {
		return nil, problem(tried, err.Error(), "", err)
	}
	host, secure, err := endpoint(p, o.Env)
	if err != nil {
		return nil, problem(tried, err.Error(), "", err)
	}
	if o.Transport == nil {
		if o.Transport, err = transport(secure, o.Env); err != nil {
			return nil, problem(tried, err.Error(), "", err)
		}
	}
	if o.Creds == nil {
		o.Creds = environment(o.Env)
	}
	options := minio.Options{Creds: o.Creds, Secure: secure, Transport: o.Transport, Region: region(o.Env), MaxRetries: 1}
	core, err := minio.NewCore(host, &options)
	if err != nil {
		return nil, problem(tried, plain(err), "", err)
	}
	options.Creds = credentials.NewStatic("", "", "", credentials.SignatureAnonymous)
	anon, err := minio.New(host, &options)
	if err != nil {
		return nil, problem(tried, plain(err), "", err)
	}
	b.core, b.anon = *core, anon
	return b, nil
}

func (o *Options) fill() {
	if o.Env == nil {
		o.Env = os.Getenv
	}
	if o.PartSize == 0 {
		o.PartSize = 16 << 20
	}
	if o.Attempts == 0 {
		o.Attempts = 5
	}
	if o.Pause == 0 {
		o.Pause = time.Second
	}
	if o.Patience == 0 {
		o.Patience = small
	}
	if o.Lease == 0 {
		o.Lease = 3 * time.Minute
	}
}

// String names the place.
func (b *Bucket) String() string {
	return strings.TrimSuffix(etcdsource.BucketScheme+b.name+"/"+b.prefix, "/")
}

// try does something until it succeeds, cannot, or was tried often enough. Each attempt has a deadline.
func (b *Bucket) try(ctx context.Context, what string, limit time.Duration, f func(context.Context) error) (err error) {
	pause := b.o.Pause
	for n := 1; ; n++ {
		short, cancel := context.WithTimeout(ctx, limit)
		err = f(short)
		late := short.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case err == nil, ctx.Err() != nil:
			return errors.Join(err, ctx.Err())
		case !late && final(err) || n >= b.o.Attempts:
			if late {
				err = fmt.Errorf("no answer within %s", limit)
			}
			return b.explain(what, err)
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		pause *= 2
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *Bucket) key(name string) string { return b.prefix + name }

func missing(err error) bool {
	r := minio.ToErrorResponse(err)
	return r.Code == minio.NoSuchKey || r.StatusCode == http.StatusNotFound && r.Code != minio.NoSuchBucket
}

// Look compares size and metadata.
func (b *Bucket) Look(ctx context.Context, k etcdsource.Kept) (etcdsource.Presence, error) {
	_, p, err := b.look(ctx, k)
	return p, err
}

func (b *Bucket) look(ctx context.Context, k etcdsource.Kept) (o minio.ObjectInfo, p etcdsource.Presence, err error) {
	p = etcdsource.Other
	err = b.try(ctx, "look at "+b.String()+"/"+k.Name, b.o.Patience, func(ctx context.Context) (err error) {
		o, err = b.core.StatObject(ctx, b.name, b.key(k.Name), minio.StatObjectOptions{})
		switch {
		case err != nil && missing(err):
			p = etcdsource.Absent
			return nil
		case err != nil:
			return err
		case o.Size == k.Bytes && o.UserMetadata[tailKey] == k.Tail && (k.SHA256 == "" || o.UserMetadata[sumKey] == k.SHA256):
			p = etcdsource.Present
		}
		return nil
	})
	return o, p, err
}

// Remove removes an object that is still what was put there.
func (b *Bucket) Remove(ctx context.Context, k etcdsource.Kept) error {
	p, err := b.Look(ctx, k)
	what := "remove " + b.String() + "/" + k.Name
	switch {
	case err != nil || p == etcdsource.Absent:
		return err
	case p == etcdsource.Other:
		return problem(what, "it is not the object that was put there", "", etcdsource.ErrForeign)
	}
	if err := b.still(ctx); err != nil {
		return err
	}
	return b.try(ctx, what, b.o.Patience, func(ctx context.Context) error {
		return b.core.RemoveObject(ctx, b.name, b.key(k.Name), minio.RemoveObjectOptions{})
	})
}

// Object is an object below the prefix.
type Object struct {
	Name     string
	Bytes    int64
	Modified time.Time
}

// Sub returns the bucket from a folder of the place on.
func (b *Bucket) Sub(folder string) *Bucket {
	sub := *b
	sub.prefix, sub.stage = b.prefix+strings.Trim(folder, "/")+"/", nil
	return &sub
}

// Objects lists what lies below a folder of the place, "" for all of it; at most so many.
func (b *Bucket) Objects(ctx context.Context, folder string, most int) (list []Object, err error) {
	under := b.prefix + strings.Trim(folder, "/")
	if folder != "" {
		under += "/"
	}
	err = b.try(ctx, "list "+b.String(), 10*b.o.Patience, func(ctx context.Context) error {
		list = nil
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for o := range b.core.Client.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: under, Recursive: true}) {
			if o.Err != nil {
				return o.Err
			}
			name := strings.TrimPrefix(o.Key, b.prefix)
			if len(list) >= most {
				break
			}
			list = append(list, Object{name, o.Size, o.LastModified})
		}
		return ctx.Err()
	})
	return list, err
}

// Names returns the names in a folder of the place.
func (b *Bucket) Names(ctx context.Context, folder string) (names []string, err error) {
	list, err := b.Objects(ctx, folder, maxNames)
	for _, o := range list {
		if name := strings.TrimPrefix(o.Name, folder+"/"); !strings.Contains(name, "/") {
			names = append(names, name)
		}
	}
	return names, err
}

// Indexes returns the names of the indexes.
func (b *Bucket) Indexes(ctx context.Context) (list []string, err error) {
	names, err := b.Names(ctx, ownFolder)
	for _, n := range names {
		if strings.HasSuffix(n, ".json") || strings.HasSuffix(n, ".down") {
			list = append(list, n)
		}
	}
	return list, err
}

// Index reads an index.
func (b *Bucket) Index(ctx context.Context, name string) (data []byte, err error) {
	data, _, err = b.get(ctx, path.Join(ownFolder, name))
	return data, err
}

// stored is a small object, as a store has it.
type stored struct {
	data []byte // nil where there is none
	etag string
	age  time.Duration // since it was written, by the clock of the store
	aged bool          // the store says that
}

// get reads a small object; nil where there is none.
func (b *Bucket) get(ctx context.Context, name string) (data []byte, etag string, err error) {
	s, err := b.read(ctx, name)
	return s.data, s.etag, err
}

func (b *Bucket) read(ctx context.Context, name string) (s stored, err error) {
	what := "read "
	if strings.HasSuffix(name, ".lock") {
		what = "read the lock "
	}
	err = b.try(ctx, what+b.String()+"/"+name, b.o.Patience, func(ctx context.Context) error {
		s = stored{}
		r, o, head, err := b.core.GetObject(ctx, b.name, b.key(name), minio.GetObjectOptions{})
		if err != nil && missing(err) {
			return nil
		}
		if err != nil {
			return err
		}
		defer r.Close()
		s.data, err = io.ReadAll(io.LimitReader(r, maxIndex))
		if err == nil && int64(len(s.data)) != o.Size {
			return io.ErrUnexpectedEOF
		}
		s.etag = o.ETag
		if now, err := http.ParseTime(head.Get("Date")); err == nil && !o.LastModified.IsZero() {
			s.age, s.aged = now.Sub(o.LastModified), true
		}
		return err
	})
	return s, err
}

// SetIndex replaces an index, or removes it.
func (b *Bucket) SetIndex(ctx context.Context, name string, data []byte) error {
	if err := b.still(ctx); err != nil {
		return err
	}
	name = path.Join(ownFolder, name)
	if data == nil {
		return b.try(ctx, "remove "+b.String()+"/"+name, b.o.Patience, func(ctx context.Context) error {
			return b.core.RemoveObject(ctx, b.name, b.key(name), minio.RemoveObjectOptions{})
		})
	}
	return b.set(ctx, name, data, func(*minio.PutObjectOptions) {})
}

// set writes a small object.
func (b *Bucket) set(ctx context.Context, name string, data []byte, more func(*minio.PutObjectOptions)) error {
	what := "write "
	if strings.HasSuffix(name, ".lock") {
		what = "write the lock "
	}
	return b.try(ctx, what+b.String()+"/"+name, b.o.Patience, func(ctx context.Context) error {
		o := minio.PutObjectOptions{ContentType: "application/json", ServerSideEncryption: b.sse}
		more(&o)
		sum := md5Of(data)
		_, err := b.core.PutObject(ctx, b.name, b.key(name), bytes.NewReader(data), int64(len(data)), sum, "", o)
		return err
	})
}
