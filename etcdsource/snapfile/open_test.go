package snapfile

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	bbolt "go.etcd.io/bbolt"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

func write(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func pack(t *testing.T, b []byte, w func(io.Writer) io.WriteCloser) []byte {
	t.Helper()
	var buf bytes.Buffer
	c := w(&buf)
	_, err := c.Write(b)
	if err := errors.Join(err, c.Close()); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func gz(w io.Writer) io.WriteCloser  { return gzip.NewWriter(w) }
func zl(w io.Writer) io.WriteCloser  { return zlib.NewWriter(w) }
func zst(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z }
func zips(names ...string) func(io.Writer) io.WriteCloser {
	return func(w io.Writer) io.WriteCloser {
		z := zip.NewWriter(w)
		var last io.Writer
		for _, n := range names {
			last, _ = z.Create(n)
		}
		return struct {
			io.Writer
			io.Closer
		}{last, z}
	}
}

// tars makes an archive in which the last name but those that begin with images holds what is written.
func tars(names ...string) func(io.Writer) io.WriteCloser {
	return func(w io.Writer) io.WriteCloser { return &tarring{w: w, names: names} }
}

type tarring struct {
	bytes.Buffer
	w     io.Writer
	names []string
}

func (a *tarring) Close() error {
	z := tar.NewWriter(a.w)
	data := len(a.names) - 1
	for strings.HasPrefix(a.names[data], "images") {
		data--
	}
	for i, n := range a.names {
		b := []byte("of " + n)
		switch {
		case strings.HasSuffix(n, ".db"), i == data:
			b = a.Bytes()
		case strings.HasSuffix(n, "/"):
			b = nil
		}
		if err := z.WriteHeader(&tar.Header{Name: n, Size: int64(len(b)), Mode: 0o644, Format: tar.FormatPAX}); err != nil {
			return err
		}
		if _, err := z.Write(b); err != nil {
			return err
		}
	}
	return z.Close()
}

// TestFolderOfABackup opens the one snapshot in the folder that a distribution's backup makes.
func TestFolderOfABackup(t *testing.T) {
	data, _ := small(t)
	for name, files := range map[string]map[string][]byte{
		"OpenShift": {"snapshot_2026-01-02_030405.db": data, "static_kuberesources_2026-01-02_030405.tar.gz": []byte("x")},
		"kOps":      {"etcd.backup.gz": pack(t, data, gz), "_etcd_backup.meta": []byte("{}")},
		"kubespray": {"snapshot.db": data},
		"two":       {"snapshot_1.db": data, "snapshot_2.db": data},
	} {
		dir := filepath.Join(t.TempDir(), "[a]*?")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for n, b := range files {
			if err := os.WriteFile(filepath.Join(dir, n), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, err := Open(t.Context(), dir, Options{})
		if name == "two" {
			if err == nil || !strings.Contains(err.Error(), "it is a folder of 2 snapshots; give one of them") {
				t.Errorf("%v", err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if info, _ := s.Describe(t.Context()); info.Integrity.State != etcdsource.Passed || info.Note != "" {
			t.Errorf("%s: %+v", name, info)
		}
		s.Close()
	}
}

func TestTheKindIsToldByTheContent(t *testing.T) {
	data, changes := small(t)
	bare := data[:len(data)-trailerSize]
	for name, b := range map[string][]byte{
		"snapshot": data, "database": bare,
		"gzip": pack(t, data, gz), "zstd": pack(t, data, zst), "zlib": pack(t, data, zl), "zip": pack(t, data, zips("dir/", "dir/etcd-snapshot-1")),
		"gzip of a database": pack(t, bare, gz),
		"tar":                pack(t, data, tars("etcd-snapshot.db")), "tar of a backup": pack(t, data, tars("k0s.yaml", "pki/", "etcd-snapshot.db", "images/x")),
		"tar.gz": pack(t, pack(t, data, tars("k0s.yaml", "../../etc/passwd", "images/x")), gz), "tar.zst": pack(t, pack(t, data, tars("x")), zst),
	} {
		dir := t.TempDir()
		s, err := Open(t.Context(), write(t, "misleading.txt", b), Options{TempDir: dir})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if list, _ := os.ReadDir(dir); len(list) != 0 {
			t.Errorf("%s: the temporary file has a name: %v", name, list)
		}
		info, _ := s.Describe(t.Context())
		if want := map[bool]etcdsource.VerdictState{true: etcdsource.Unchecked, false: etcdsource.Passed}[strings.HasSuffix(name, "database")]; info.Integrity.State != want {
			t.Errorf("%s: %+v, want %v", name, info.Integrity, want)
		}
		if info.Name != "misleading.txt" || info.Kind != etcdsource.KindFile {
			t.Errorf("%s: %+v", name, info)
		}
		if n, err := readAll(t.Context(), s); err != nil || n != changes {
			t.Errorf("%s: %d changes of %d, %v", name, n, changes, err)
		}
		s.Close()
	}
}

func TestDataDirs(t *testing.T) {
	db := sourcetest.WriteMember(t, sourcetest.Spec{Ops: sourcetest.Generate(11)})
	member := filepath.Dir(filepath.Dir(db))
	for _, path := range []string{db, filepath.Dir(db), member, filepath.Dir(member), filepath.Dir(member) + "/"} {
		s, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		info, _ := s.Describe(t.Context())
		if info.Target != path || info.Name != filepath.Base(path) || info.Keys == 0 {
			t.Errorf("%s: %+v", path, info)
		}
		s.Close()
	}
}

// TestWhatCannotBeOpened checks that each kind of file has its own words, and that none of them blocks.
func TestWhatCannotBeOpened(t *testing.T) {
	data, _ := small(t)
	dir := t.TempDir()
	fifo, sock := filepath.Join(dir, "fifo"), filepath.Join(dir, "sock")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", sock)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	flipped := bytes.Clone(data)
	flipped[len(data)/2] ^= 4
	twice := pack(t, pack(t, data, gz), gz)
	for _, c := range []struct{ name, path, want string }{
		{"empty", write(t, "x", nil), "the file is empty"},
		{"text", write(t, "x", []byte("hello, this is no database\n")), "it is text"},
		{"JPEG", write(t, "x.db", []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01")), "it is a JPEG picture"},
		{"zeros", write(t, "x", make([]byte, 9000)), "zeros only"},
		{"other bytes", write(t, "x", bytes.Repeat([]byte{0x93, 1, 7}, 5000)), "neither an etcd database nor"},
		{"sqlite", write(t, "x", []byte("SQLite format 3\x00 and so on")), "SQLite"},
		{"xz", write(t, "x", []byte("\xfd7zXZ\x00 and so on")), "compressed with xz, which is not supported"},
		{"tar", write(t, "x", append(make([]byte, 257), "ustar\x0000"...)), "tar archive"},
		{"other bbolt", otherBolt(t), "not one of etcd"},
		{"FIFO", fifo, "it is a named pipe, not a file"},
		{"socket", sock, "it is a socket, not a file"},
		{"device", "/dev/null", "it is a device, not a file"},
		{"missing", filepath.Join(dir, "none"), "there is no such file"},
		{"below a file", write(t, "x", data) + "/y", "there is no such file"},
		{"folder", dir, "no data directory of an etcd member"},
		{"checksum", write(t, "x", flipped), "hash does not match its trailer (file is truncated or damaged); try --no-verify to read what is there"},
		{"truncated", write(t, "x", data[:len(data)/2/4096*4096]), "the file is truncated"},
		{"truncated gzip", write(t, "x", pack(t, data, gz)[:2000]), "compressed data ends too early"},
		{"truncated zstd", write(t, "x", pack(t, data, zst)[:2000]), "compressed data ends too early"},
		{"gzip and more", write(t, "x", append(pack(t, data, gz), "1234567"...)), "7 bytes follow its compressed data, so something was appended to it; try --no-verify"},
		{"gzip and much more", write(t, "x", append(pack(t, data, gz), bytes.Repeat([]byte("ab"), 70<<10)...)), "143360 bytes follow its compressed data"},
		{"gzip and half a gzip", write(t, "x", append(pack(t, data, gz), "\x1f\x8b\x08"...)), "compressed data ends too early"},
		{"zlib and more", write(t, "x", append(pack(t, data, zl), '\n')), "1 byte follows its compressed data"},
		{"zstd and more", write(t, "x", append(pack(t, data, zst), "1234567"...)), "7 bytes follow its compressed data"},
		{"zstd and a byte", write(t, "x", append(pack(t, data, zst), '\n')), "1 byte follows its compressed data"},
		{"zstd and half a zstd", write(t, "x", append(pack(t, data, zst), "\x28\xb5\x2f"...)), "compressed data ends too early"},
		{"more", write(t, "x", append(bytes.Clone(data), "1234567"...)), "the file is too long: 7 bytes follow its checksum, so something was appended to it; try --no-verify"},
		{"much more", write(t, "x", append(bytes.Clone(data), make([]byte, 5120)...)), "the file is too long: 5120 bytes follow its checksum"},
		{"a byte less", write(t, "x", data[:len(data)-1]), "the file is of a wrong length: 31 bytes follow its last page, where a checksum has 32 (something was appended to it, or it was cut)"},
		{"truncated zip", write(t, "x", pack(t, data, zips("a"))[:2000]), "compressed data is damaged"},
		{"tar of two", write(t, "x", pack(t, data, tars("a.db", "b.db"))), "more than one etcd snapshot"},
		{"tar of none", write(t, "x", pack(t, []byte("hello"), tars("a"))), "holds no etcd snapshot"},
		{"truncated tar", write(t, "x", pack(t, data, tars("a"))[:9000]), "the tar archive ends too early"},
		{"tar and more", write(t, "x", append(pack(t, data, tars("a")), "1234567"...)), "7 bytes follow the tar archive, so something was appended to it; try --no-verify"},
		{"zip and more", write(t, "x", append(pack(t, data, zips("a")), "1234567"...)), "7 bytes follow the zip archive, so something was appended to it; try --no-verify"},
		{"truncated tar.gz", write(t, "x", pack(t, pack(t, data, tars("a")), gz)[:2000]), "compressed data ends too early"},
		{"zip of two", write(t, "x", pack(t, data, zips("a", "b"))), "more than one file"},
		{"zip of none", write(t, "x", pack(t, nil, func(w io.Writer) io.WriteCloser {
			return struct {
				io.Writer
				io.Closer
			}{io.Discard, zip.NewWriter(w)}
		})), "holds no file"},
		{"gzip of text", write(t, "x", pack(t, []byte("hello"), gz)), "unpacked, it is text"},
		{"gzip of nothing", write(t, "x", pack(t, nil, gz)), "the file in it is empty"},
		{"packed twice", write(t, "x", twice), "compressed twice"},
	} {
		start := time.Now()
		s, err := Open(t.Context(), c.path, Options{TempDir: dir})
		var p *etcdsource.Problem
		if err == nil {
			s.Close()
		}
		if !errors.As(err, &p) || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "open ") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if !strings.Contains(err.Error(), "; ") {
			t.Errorf("%s: %v does not say what to do", c.name, err)
		}
		if took := time.Since(start); took > time.Minute { // it does not go round in circles
			t.Errorf("%s: took %v", c.name, took)
		}
	}
	if list, _ := os.ReadDir(dir); len(list) != 2 {
		t.Errorf("temporary files were left: %v", list)
	}
}

// TestWhatFollowsIsNamed opens, without a check, what goes on behind its end, and says so. Zeros are padding.
func TestWhatFollowsIsNamed(t *testing.T) {
	t.Parallel()
	data, _ := small(t)
	flipped := bytes.Clone(data)
	flipped[len(flipped)-1] ^= 1
	zipped := pack(t, data, zips("a"))
	sum := pack(t, data, gz)
	sum[len(sum)-6] ^= 1
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"gzip and more":      {append(pack(t, data, gz), "1234567"...), "7 bytes follow its compressed data, so something was appended to it"},
		"gzip in members":    {append(pack(t, data[:5000], gz), pack(t, data[5000:], gz)...), ""},
		"gzip and zeros":     {append(pack(t, data, gz), make([]byte, 1000)...), ""},
		"zstd and zeros":     {append(pack(t, data, zst), make([]byte, 1000)...), ""},
		"zstd in frames":     {append(announcing(t, data[:5000]), announcing(t, data[5000:])...), ""},
		"zlib and more":      {append(pack(t, data, zl), "1234567"...), "7 bytes follow its compressed data, so something was appended to it"},
		"zstd and more":      {append(announcing(t, data), "1234567"...), "7 bytes follow its compressed data, so something was appended to it"},
		"zip and more":       {append(bytes.Clone(zipped), "1234567"...), "7 bytes follow the zip archive, so something was appended to it"},
		"zip and zeros":      {append(bytes.Clone(zipped), make([]byte, 1000)...), ""},
		"zip with a comment": {append(zipped[:len(zipped)-2:len(zipped)-2], "\x05\x00hello"...), ""},
		"zip, twice":         {append(bytes.Clone(zipped), zipped...), fmt.Sprintf("%d of its %d bytes are not of the zip archive, so something was appended to it", len(zipped), 2*len(zipped))},
		"zip of a tar":       {append(pack(t, pack(t, data, tars("a")), zips("x.tar")), '\n'), "1 byte follows the zip archive, so something was appended to it"},
		"tar and more":       {append(pack(t, data, tars("a")), "1234567"...), "7 bytes follow the tar archive, so something was appended to it"},
		"tar and zeros":      {append(pack(t, data, tars("a")), make([]byte, 2<<20)...), ""},
		"tar.gz and more":    {append(pack(t, pack(t, data, tars("a")), gz), "1234567"...), "7 bytes follow its compressed data, so something was appended to it"},
		"gzip's sum":         {sum, "its compressed data is damaged: gzip: invalid checksum"},
		"trailer":            {flipped, saysWrong},
		"trailer, then more": {append(bytes.Clone(data), make([]byte, 512)...), "the file is too long: 512 bytes follow its checksum, so something was appended to it"},
	} {
		s, err := Open(t.Context(), write(t, "x", c.data), Options{NoVerify: true})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		info, _ := s.Describe(t.Context())
		if v := info.Integrity; c.want == "" && v.State != etcdsource.Passed || c.want != "" && (v.State != etcdsource.Failed || v.Text != c.want) || info.Keys == 0 {
			t.Errorf("%s: %+v, %d keys; want %q", name, v, info.Keys, c.want)
		}
		s.Close()
	}
}

func otherBolt(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("v1"))
		if err != nil {
			return err
		}
		return b.Put([]byte("a"), []byte("b"))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNoPermissionHasItsWords(t *testing.T) {
	err := statProblem("/x.db", &fs.PathError{Op: "open", Path: "/x.db", Err: syscall.EACCES})
	if got := err.Error(); !strings.Contains(got, "open snapshot /x.db: no permission to read it") || strings.Count(got, "/x.db") != 1 {
		t.Errorf("%q", got)
	}
	if os.Geteuid() == 0 {
		return // root may read everything
	}
	path := write(t, "x.db", []byte("x"))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, Options{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%v", err)
	}
}

func TestARunningEtcdHoldsTheLock(t *testing.T) {
	path := sourcetest.WriteMember(t, sourcetest.Spec{Ops: sourcetest.Generate(1)})
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(filepath.Dir(filepath.Dir(path)))
	copied, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := copied.Describe(t.Context()); !strings.Contains(info.Note, "a copy of a running etcd's database") {
		t.Errorf("%+v", info)
	}
	copied.Close()
	_, err = Open(t.Context(), dir, Options{MaxUnpack: 1})
	if err == nil || !strings.Contains(err.Error(), "it is in use by a running etcd, and cannot be copied to ") || !strings.Contains(err.Error(), "--endpoints") {
		t.Errorf("%v", err)
	}
	elsewhere := filepath.Join(t.TempDir(), "x.db")
	if err := os.Link(path, elsewhere); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), elsewhere, Options{})
	if err == nil || !strings.Contains(err.Error(), "it is in use by a running etcd; open it with --endpoints, or copy it first") {
		t.Errorf("%v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: 50 * time.Millisecond}); err == nil {
		t.Error("a writer could open the database while it is shown")
	}
}

func TestNothingIsWritten(t *testing.T) {
	path := sourcetest.WriteSnapshot(t, sourcetest.Generate(11))
	look := func() ([32]byte, time.Time, fs.FileMode) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		st, _ := os.Stat(path)
		return sha256.Sum256(b), st.ModTime(), st.Mode()
	}
	sum, mod, mode := look()
	for _, o := range []Options{{}, {NoVerify: true}} {
		s, err := Open(t.Context(), path, o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := readAll(t.Context(), s); err != nil {
			t.Error(err)
		}
		s.Close()
	}
	if sum2, mod2, mode2 := look(); sum2 != sum || !mod2.Equal(mod) || mode2 != mode {
		t.Error("the file was changed")
	}
	if list, _ := os.ReadDir(filepath.Dir(path)); len(list) != 1 {
		t.Errorf("files appeared: %v", list)
	}
}

func TestOpenEndsWithTheContext(t *testing.T) {
	data, _ := small(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, path := range []string{write(t, "x", data), write(t, "x", pack(t, data, gz))} {
		if _, err := Open(ctx, path, Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	}
}

// TestAfterClose checks that what was handed out stays, and that nothing else does.
func TestAfterClose(t *testing.T) {
	s, err := Open(t.Context(), sourcetest.WriteSnapshot(t, []sourcetest.Op{sourcetest.Put("/a/b", "value")}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	span := etcdsource.Prefix("")
	span.Values = true
	p, err := s.Range(t.Context(), span, etcdsource.At{})
	if err != nil || len(p.Entries) != 1 {
		t.Fatalf("%+v, %v", p, err)
	}
	s.Close()
	if string(p.Entries[0].Key) != "/a/b" || string(p.Entries[0].Value) != "value" {
		t.Errorf("%+v", p.Entries[0])
	}
	if _, _, err := s.Versions(t.Context(), []byte("/a/b"), 0, 0); !errors.Is(err, errClosed) {
		t.Errorf("Versions: %v", err)
	}
	if _, err := etcdsource.As[etcdsource.Saver](s); err == nil || !strings.Contains(err.Error(), "its own snapshot") {
		t.Errorf("Saver: %v", err)
	}
}

// TestNoSum: the checksum of a large file can be left out, that of a small one is compared in any case.
func TestNoSum(t *testing.T) {
	t.Parallel()
	s := &Source{size: checkFirst - 512 + trailerSize}
	if s.judge(Options{NoSum: true}); s.verdict == etcdsource.NotCompared {
		t.Error("left out of a file that has none, or a small one")
	}
	s = &Source{size: 2*checkFirst + trailerSize}
	if s.judge(Options{NoSum: true}); s.verdict != etcdsource.NotCompared {
		t.Errorf("%+v", s.verdict)
	}
	small := sourcetest.WriteSnapshot(t, sourcetest.Generate(3))
	src, err := Open(t.Context(), small, Options{NoSum: true})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if info, _ := src.Describe(t.Context()); info.Integrity.State != etcdsource.Passed {
		t.Errorf("of a small file: %+v", info.Integrity)
	}
}
