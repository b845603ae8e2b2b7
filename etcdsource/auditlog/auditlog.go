// Package auditlog finds and opens the files of an API server's audit log.
//
//	/var/log/audit.log ─► audit-2026-11-22T11-06-45.499.log.gz, audit.log.2.gz, audit.log.1, audit.log ─► io.Reader, oldest first
//
// What always holds:
//   - A log is the file that was named and the siblings into which it was rotated, by the API server or by logrotate;
//     other logs beside it are none of them.
//   - Siblings that were written last before the time that is asked for are not opened.
//   - A plain file is handed out as one that can be searched (io.ReadSeeker), one that is compressed or in UTF-16, as
//     PowerShell writes it, is converted on the way: what a file is, is detected from its content.
//   - Nothing is written, only regular files are opened, and what they hold is not looked at here.
//   - A file that was named and cannot be read is an error; a sibling that cannot be read is reported and skipped.
package auditlog

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/encoding/unicode"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/regular"
)

// logs are audit logs that were found readable.
type logs struct{ paths []string }

// Open checks that the logs can be read, and returns what hands out their files, oldest first: those that were written
// to at a time or after it; a zero time is none. missed is called with those that cannot be read; what each returns ends it.
// Errors of Open are *etcdsource.Problem.
func Open(paths []string) (func(ctx context.Context, from time.Time, each func(name string, r io.Reader) error, missed func(name string, err error)) error, error) {
	for _, p := range paths {
		f, err := regular.Open(p)
		if err != nil {
			return nil, &etcdsource.Problem{Tried: "read the audit log " + p, Why: plain(err), Do: advice(err), Err: err}
		}
		f.Close()
	}
	l := &logs{paths: slices.Clone(paths)}
	return l.each, nil
}

func plain(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

func advice(err error) string {
	if errors.Is(err, fs.ErrPermission) {
		return "run with sudo"
	}
	return "give the file that kube-apiserver's --audit-log-path names"
}

func (l *logs) each(ctx context.Context, from time.Time, each func(name string, r io.Reader) error, missed func(name string, err error)) error {
	for _, name := range l.files(from) {
		if err := ctx.Err(); err != nil {
			return err
		}
		f, err := regular.Open(name)
		if err != nil {
			missed(name, err)
			continue
		}
		r, err := unpacked(f)
		if err != nil {
			f.Close()
			missed(name, err)
			continue
		}
		err = each(name, r)
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// unpacked returns what a file holds, as UTF-8.
func unpacked(f *os.File) (io.Reader, error) {
	var magic [2]byte
	n, err := io.ReadFull(f, magic[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	switch {
	case n == 2 && magic == [2]byte{0x1f, 0x8b}:
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, err
		}
		r := bufio.NewReader(z)
		if head, _ := r.Peek(2); len(head) == 2 && isUTF16([2]byte(head)) {
			return fromUTF16(r), nil
		}
		return r, nil
	case n == 2 && isUTF16(magic):
		return fromUTF16(f), nil
	}
	return f, nil
}

// isUTF16 reports whether a text begins with a byte order mark of UTF-16.
func isUTF16(head [2]byte) bool { return head == [2]byte{0xff, 0xfe} || head == [2]byte{0xfe, 0xff} }

func fromUTF16(r io.Reader) io.Reader {
	return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(r)
}

// files lists the files of all logs, siblings written last before a time left out, in the order of their last write.
func (l *logs) files(from time.Time) (out []string) {
	written := map[string]time.Time{}
	for _, p := range l.paths {
		for _, name := range append(siblings(p), p) {
			info, err := os.Stat(name)
			if err != nil || !info.Mode().IsRegular() || name != p && info.ModTime().Before(from) {
				continue
			}
			if _, seen := written[name]; !seen {
				written[name] = info.ModTime()
				out = append(out, name)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b string) int {
		return cmp.Or(written[a].Compare(written[b]), strings.Compare(a, b))
	})
	return out
}

// siblings are the files into which a log was rotated: audit-TIME.log by the API server, audit.log.N, audit.log-DATE
// by logrotate, each of them packed or not.
func siblings(path string) (out []string) {
	dir, base := filepath.Split(path)
	ext := filepath.Ext(base)
	stem := strings.TrimSuffix(base, ext)
	entries, _ := os.ReadDir(cmp.Or(dir, "."))
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".gz")
		rest, ok := strings.CutPrefix(name, base)
		if name == base && e.Name() != base { // audit.log.gz
			out = append(out, dir+e.Name())
			continue
		}
		if !ok {
			if rest, ok = strings.CutPrefix(name, stem+"-"); ok {
				rest, ok = strings.CutSuffix(rest, ext)
				rest = "-" + rest
			}
		}
		if ok && len(rest) > 1 && strings.ContainsRune(".-", rune(rest[0])) && strings.Trim(rest[1:], "0123456789TZ:._-") == "" {
			out = append(out, dir+e.Name())
		}
	}
	return out
}
