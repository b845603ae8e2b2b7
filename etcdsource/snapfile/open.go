package snapfile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/index"
	"github.com/etcdscope/etcdscope/etcdsource/replay"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// Options say how a file is opened.
type Options struct {
	// NoVerify opens what can be read: a wrong checksum is a verdict and no error, pages that are damaged or missing are
	// skipped.
	NoVerify bool
	// TempDir is where a compressed file is unpacked, "" for the system's.
	TempDir string
	// MaxUnpack is how much may be unpacked of a compressed file, in bytes; 0: 4 GiB, and at most half of what is free
	// there. More is an *etcdsource.UnpackError.
	MaxUnpack int64
	// Progress receives now and then how much has been unpacked, in bytes, and of how much, -1 where that is not known.
	// It may be nil.
	Progress func(step string, done, total int64)
	// Changes are added behind what the file holds; nil for none. Not with a file of which parts cannot be read.
	Changes *Changes
	// As is the path that Info.Target and Info.Name are made of, "" for that of the file.
	As string
	// Follows says what is known to follow the file and is not shown; "" for nothing.
	Follows string
	// WALDir is the folder of the write-ahead log of a member's database, where it is not the usual one: "" for member/wal.
	WALDir string
	// NoReplay leaves out what the write-ahead log beside a member's database holds beyond it.
	NoReplay bool
	// Wait compares the checksum of large files too before Open returns.
	Wait bool
	// NoSum leaves out the checksum of large files: Describe says etcdsource.NotCompared of them. All pages are verified. Keys are
	// sorted only as far as they are asked for in order: it is for who asks for little.
	NoSum bool
}

// tempDir is where temporary files are written.
func (o Options) tempDir() string { return cmp.Or(o.TempDir, os.TempDir()) }

// checkBefore reports whether the checksum of a file of this size is compared before Open returns.
func (o Options) checkBefore(size int64) bool { return o.Wait || size <= checkFirst }

// Source is an opened file. It implements etcdsource.Source and etcdsource.Versions.
type Source struct {
	path     string
	name     string
	note     string
	wrong    string   // what is wrong around the database: with how it was packed, with its checksum; "" for nothing
	file     *os.File // what is mapped; holds the lock
	size     int64    // with the trailer
	mapping  *mapping
	contents // the mapping or a copy of a small bucket, and what was replayed
	idx      *index.Index
	db       database
	// lag is what a member's database lacks of the WAL beside it; ending is nil where nothing was replayed.
	lag    etcdsource.Behind
	ending *ending
	following

	mu         sync.Mutex
	verdict    etcdsource.Verdict
	background sync.WaitGroup
	stop       context.CancelFunc
}

// following are the changes that were added behind those of a file.
type following struct {
	added    Added
	more     *mapping // nil for none
	moreFile *os.File
	tempDir  string // where Save writes a copy
}

func (f *following) close() error {
	var errs [2]error
	if f.more != nil {
		errs[0] = f.more.close()
	}
	if f.moreFile != nil {
		errs[1] = f.moreFile.Close()
	}
	f.more, f.moreFile = nil, nil
	return errors.Join(errs[:]...)
}

// database is what a file says of itself.
type database struct {
	head      int64 // newest revision, at least 1
	compacted int64 // 0: never; -1: not known
	partial   bool  // there is nothing but changes that were added: what was there before is not known
	changes   int64 // bytes of the changes that were added
	keys      int64
	version   string // "" where not stored
	bytes     int64
	inUse     int64  // -1 where not known
	skipped   int    // pages that could not be read
	broken    string // the first thing that is wrong, "" for nothing
	// badRevisions says that it is wrong in the revisions: the pages are as they must be.
	badRevisions bool
	badMeta      string // what is wrong in the bucket meta, "" for nothing
	applied      uint64 // index of the raft entry that was applied last; 0 where not stored
	alone        bool   // the member is its cluster's only one
	inMember     bool   // it lies where a member keeps it
	walDir       string // of that member
	member       replay.State
}

// Open opens a snapshot, a member's database, one of these in gzip, zstd, zip or zlib, or a member's data dir. The kind
// is identified by the content. Errors are *etcdsource.Problem, or the context's when that ends first.
//
// A checksum at the end is compared before Open returns for files of at most 256 MiB, and afterwards for larger ones:
// Describe reports on that.
func Open(ctx context.Context, path string, o Options) (*Source, error) {
	s, err := open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func open(ctx context.Context, path string, o Options) (_ *Source, err error) {
	file, _, err := locate(path)
	if err != nil {
		return nil, err
	}
	f, size, head, err := openFile(file)
	if err != nil {
		return nil, err
	}
	as := cmp.Or(o.As, path)
	s := &Source{path: as, name: filepath.Base(filepath.Clean(as)), file: f, size: size, stop: func() {}}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	kind, say := sniff(head)
	if err := o.checkWAL(file, kind, size); err != nil {
		return nil, err
	}
	switch kind {
	case foreign:
		return nil, problem(file, foreignly(file, say), "", nil)
	case bolt:
		err := lock(f, file)
		dir, member := o.wal(file)
		if member && errors.Is(err, syscall.EWOULDBLOCK) {
			return s, s.openRunning(ctx, file, o)
		}
		if err != nil {
			return nil, err
		}
		if member {
			s.note = "while it is open here, an etcd that starts on this data dir waits"
		}
		if member && !o.NoReplay {
			if err := s.openSent(ctx, file, dir); err != nil {
				return nil, err
			}
		}
	default:
		if err := s.unpack(ctx, kind, file, o); err != nil {
			return nil, err
		}
	}
	return s, s.load(ctx, file, o)
}

// openSent puts a database that the leader sent in the place of the member's own, where etcd would.
func (s *Source) openSent(ctx context.Context, file, walDir string) error {
	sent := startFile(ctx, s.file, s.size, file, walDir)
	if sent == "" {
		return nil
	}
	f, size, _, err := openFile(sent)
	if err != nil {
		return err
	}
	s.file.Close()
	s.file, s.size = f, size
	s.note = "the database " + filepath.Base(sent) + " that the leader sent is read in the place of db, as etcd does when it starts"
	return nil
}

// unpack puts the unpacked file in the place of the packed one.
func (s *Source) unpack(ctx context.Context, kind format, file string, o Options) error {
	packed := s.file
	defer packed.Close()
	tmp, n, err := unpack(ctx, packed, s.size, kind, file, o)
	if tmp != nil && err != nil && o.NoVerify && n > 0 && ctx.Err() == nil && isDamage(err) {
		s.wrong, err = whyOf(err), nil
	}
	if err != nil && tmp != nil {
		tmp.Close()
	}
	if err != nil {
		return err
	}
	s.file, s.size = tmp, n
	return nil
}

// load maps the file, checks it and builds the index.
func (s *Source) load(ctx context.Context, file string, o Options) (err error) {
	if s.mapping, err = openMapping(s.file, s.size); err != nil {
		return problem(file, plain(err), "", err)
	}
	wait := s.check(ctx, o)
	err = s.mapping.read(func(data []byte) error { return s.read(ctx, file, data, o) })
	ok, checkErr := wait()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("open %s: %w", file, ctx.Err())
	case !ok && !o.NoVerify:
		return problem(file, s.whyWrong(checkErr), trySalvage, checkErr)
	case err != nil:
		return s.explain(file, err, o)
	}
	if !ok {
		s.wrong = join(s.wrong, s.whyWrong(checkErr))
	}
	s.judge(o)
	s.tempDir = o.tempDir()
	if n := s.lag.Replayed; n > 0 {
		s.note = join(s.note, replayed(n))
	}
	if say := join(s.added.Missing, o.Follows); say != "" {
		s.lag.Text, s.lag.Short = join(s.lag.Text, say), cmp.Or(s.added.Behind, "not the newest")
	}
	s.note = join(s.note, s.added.Note)
	return nil
}

// check begins to compare the checksum of a file that is small enough and returns what waits for the answer.
func (s *Source) check(ctx context.Context, o Options) (wait func() (bool, error)) {
	if !hasTrailer(s.size) || !o.checkBefore(s.size) {
		return func() (bool, error) { return true, nil }
	}
	var ok bool
	var err error
	var done sync.WaitGroup
	failed := func(e error) { ok, err = false, fmt.Errorf("check its checksum: %w", e) }
	safego.Wait(&done, failed, func() { ok, err = checkTrailer(ctx, s.file, s.size, nil) })
	return func() (bool, error) { done.Wait(); return ok, err }
}

// judge says how far the file can be trusted.
func (s *Source) judge(o Options) {
	text := s.db.broken
	if text != "" && s.db.skipped > 1 {
		text = fmt.Sprintf("%d pages cannot be read; %s", s.db.skipped, text)
	}
	switch text = join(s.wrong, text); {
	case text != "":
		s.verdict = etcdsource.Verdict{State: etcdsource.Failed, Text: text}
		s.note = join(s.note, "damaged file: "+text+"; what is shown may not be complete")
	case !hasTrailer(s.size):
		s.verdict.Text = "the file carries no checksum"
	case o.checkBefore(s.size):
		s.verdict = etcdsource.Verdict{State: etcdsource.Passed, Text: "sha256 matches"}
	case o.NoSum:
		s.verdict = etcdsource.NotCompared
	default:
		ctx, stop := context.WithCancel(context.Background())
		s.stop = stop
		s.checkInBackground(ctx)
	}
}

// whyWrong says in what a file's checksum is wrong, or why it could not be compared.
func (s *Source) whyWrong(err error) (why string) {
	if err != nil {
		return plain(err)
	}
	more := s.mapping.read(func(data []byte) error { return tooMuch(data) })
	var d *damage
	if errors.As(more, &d) {
		return "the file is " + d.file + ": " + d.Error()
	}
	return saysWrong
}

func join(a, b string) string {
	switch "" {
	case a:
		return b
	case b:
		return a
	}
	return a + "; " + b
}

// explain turns what went wrong while reading into words.
func (s *Source) explain(file string, err error, o Options) error {
	var d *damage
	do := trySalvage
	if o.NoVerify {
		do = ""
	}
	switch {
	case errors.Is(err, errForeign):
		return problem(file, "it is a bbolt database, but not one of etcd: it has no buckets key and meta", "", err)
	case errors.As(err, &d):
		return problem(file, "the file is "+cmp.Or(d.file, "damaged")+": "+err.Error(), do, err)
	}
	return problem(file, err.Error(), do, err)
}

// Close ends every stream, waits for readers and frees the file. It may be called more than once.
func (s *Source) Close() error {
	s.stop()
	s.background.Wait()
	var err error
	if s.mapping != nil {
		err = s.mapping.close()
	}
	s.mu.Lock() // behind the mapping: nobody reads any more
	err = cmp.Or(s.following.close(), err)
	s.mu.Unlock()
	if s.file != nil {
		if e := s.file.Close(); e != nil && !errors.Is(e, os.ErrClosed) && err == nil {
			err = e
		}
	}
	return err
}
