package backup

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/regular"
	"github.com/etcdscope/etcdscope/etcdsource/verdicts"
)

// How much is looked at: folders below the given one, and what lies in all of them.
const (
	listDepth = 8 // kOps' store: BUCKET/PREFIX/…/CLUSTER/backups/etcd/main/2026-01-02T03:04:05Z-000001
	maxListed = 10_000
)

// List lists the backups in a folder and in those below it, the newest first, then what lies among them and is none. Of
// each it reads a few pages at most, and what is kept of it. A path that is a file is a list of one. Errors are
// *etcdsource.Problem, or the context's, then with what was listed until then.
func (s *Shelf) List(ctx context.Context, dir string) ([]etcdsource.Backup, error) {
	tried := "list the backups in " + dir
	st, err := os.Stat(dir)
	if err != nil {
		return nil, &etcdsource.Problem{Tried: tried, Why: disk.Why(err), Do: "check the path", Err: err}
	}
	l := &lister{shelf: s, ctx: ctx, met: map[string]bool{}, noted: map[string]Noted{}, asked: map[string]bool{}}
	switch {
	case !st.IsDir():
		l.note(filepath.Dir(dir))
		l.file(dir, true)
	case isDataDir(dir):
		l.dataDir(dir)
	default:
		l.known(dir)
		err = l.folder(dir, 0)
		for len(l.rest) > 0 { // what is near comes before what is deep
			next := l.rest[0]
			l.rest = l.rest[1:]
			_ = l.folder(next.path, next.depth)
		}
	}
	slices.SortStableFunc(l.list, order)
	switch {
	case ctx.Err() != nil:
		return l.list, ctx.Err()
	case err != nil:
		return l.list, &etcdsource.Problem{Tried: tried, Why: disk.Why(err), Do: "run it as a user who may read the folder", Err: err}
	case l.looked > maxListed:
		l.list = append(l.list, etcdsource.Backup{Path: dir, Foreign: true, Keys: -1, Problem: fmt.Sprintf("only the first %d files were looked at", maxListed)})
	}
	return l.list, nil
}

// Sort puts backups in the order in which they are listed: the newest first, what is none last.
func Sort(list []etcdsource.Backup) { slices.SortStableFunc(list, order) }

func order(a, b etcdsource.Backup) int {
	if a.Foreign != b.Foreign {
		if a.Foreign {
			return 1
		}
		return -1
	}
	return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(b.Revision, a.Revision), cmp.Compare(a.Path, b.Path))
}

// lister makes a list.
type lister struct {
	shelf  *Shelf
	ctx    context.Context
	list   []etcdsource.Backup
	met    map[string]bool // without links: what a link names is listed once
	looked int
	noted  map[string]Noted // what schedules note, by path
	asked  map[string]bool  // folders whose notes were read
	rest   []subfolder      // still to be listed
	deep   bool             // a folder was left out for its depth
}

// subfolder is a folder below the one that is listed.
type subfolder struct {
	path  string
	depth int
}

// folder lists a folder. Only that of the user is an error where it cannot be read.
func (l *lister) folder(dir string, depth int) error {
	entries, err := os.ReadDir(dir)
	if err != nil && depth > 0 {
		l.foreign(dir, regular.Fault(err))
		return nil
	}
	l.note(dir)
	slices.SortStableFunc(entries, func(a, b os.DirEntry) int { // the links last
		return cmp.Compare(a.Type()&fs.ModeSymlink, b.Type()&fs.ModeSymlink)
	})
	for _, e := range entries {
		if l.looked++; l.looked > maxListed || l.ctx.Err() != nil {
			return nil
		}
		path := filepath.Join(dir, e.Name())
		st, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && (depth > 0 || e.Type()&fs.ModeSymlink == 0): // gone meanwhile
		case errors.Is(err, fs.ErrNotExist):
			l.foreign(path, "it is a link to something that is not there")
		case err != nil:
			l.foreign(path, regular.Fault(err))
		case st.IsDir():
			l.below(path, depth)
		default:
			l.file(path, depth == 0)
		}
	}
	return err
}

// below lists what is in a folder of the folder.
func (l *lister) below(path string, depth int) {
	switch {
	case strings.HasPrefix(filepath.Base(path), ".") || l.known(path):
	case isDataDir(path):
		l.dataDir(path)
	case depth < listDepth:
		l.rest = append(l.rest, subfolder{path, depth + 1})
	case !l.deep:
		l.deep = true
		l.foreign(path, fmt.Sprintf("it lies more than %d folders deep: it was not looked at, nor were others as deep; list a folder that is nearer to it", listDepth))
	}
}

// known reports whether a path was met already, by another name.
func (l *lister) known(path string) bool {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	met := l.met[path]
	l.met[path] = true
	return met
}

func (l *lister) foreign(path, why string) {
	l.list = append(l.list, etcdsource.Backup{Path: path, Foreign: true, Problem: why, Keys: -1})
}

// note reads what schedules note in a folder. That of a folder v2, which has delta snapshots, is in the one above.
func (l *lister) note(dir string) {
	if l.shelf.Noted == nil || l.asked[dir] {
		return
	}
	if l.asked[dir] = true; filepath.Base(dir) == "v2" {
		l.note(filepath.Dir(dir))
	}
	for name, n := range l.shelf.Noted(dir) {
		l.noted[filepath.Join(dir, filepath.FromSlash(name))] = n
	}
}

// owned takes from the note of a schedule of which cluster a backup is, where the file is still the one that was noted. What names the
// folder around it then names no cluster.
func (l *lister) owned(b *etcdsource.Backup, id verdicts.Identity) {
	n, ok := l.noted[b.Path]
	if ok && n.Tail != "" && n.Bytes == id.Size && (n.Tail == id.Trailer || lastBytes(b.Path, id.Size) == n.Tail) {
		b.Store, b.Cluster, b.Name = n.Cluster, cmp.Or(b.Cluster, n.UID), ""
	}
}

// dated takes from the note of a schedule when a backup was made, where the file is still the one that was noted.
func (l *lister) dated(b *etcdsource.Backup, id verdicts.Identity) {
	n, ok := l.noted[b.Path]
	if ok && n.Bytes == id.Size && n.Tail == id.Trailer && id.Trailer != "" && n.Made.Before(id.Modified.Add(clocks)) {
		b.Time, b.TimeFrom = n.Made, fromBackup
	}
}

// checked takes from the note of a schedule that a delta snapshot was verified when it was made, where the file was not changed
// since. Alone it restores nothing, and whatever opens it compares its hash.
func (l *lister) checked(b *etcdsource.Backup, id verdicts.Identity) {
	n, ok := l.noted[b.Path]
	if ok && n.Verified && b.ChangesOnly() && n.Bytes == id.Size && !id.Modified.After(n.Made.Add(clocks)) && n.Tail != "" && lastBytes(b.Path, id.Size) == n.Tail {
		b.Verdict, b.Checked, b.SHA256 = etcdsource.BackupVerified, n.Made, n.SHA256
	}
}

// lastBytes returns the last 32 bytes of a file, in hex; "" where there are none.
func lastBytes(path string, size int64) string {
	f, err := regular.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	var b [32]byte
	if _, err := f.ReadAt(b[:], size-int64(len(b))); err != nil {
		return ""
	}
	return hex.EncodeToString(b[:])
}

// isDataDir reports whether a folder is a member's data directory.
func isDataDir(dir string) bool {
	st, err := os.Stat(filepath.Join(dir, "member", "snap", "db"))
	return err == nil && st.Mode().IsRegular()
}

func (l *lister) dataDir(dir string) {
	id, err := verdicts.Identify(dir)
	if err != nil {
		l.foreign(dir, regular.Fault(err))
		return
	}
	if b, ok := l.shelf.kept(dir, id); ok {
		l.list = append(l.list, b)
		return
	}
	b := known(dir, id)
	l.shelf.look(&b, filepath.Join(dir, "member", "snap", "db"))
	l.list = append(l.list, b)
}

// companions are what lies beside backups and belongs to them.
var companions = []string{"_etcd_backup.meta", "static_kuberesources_*.tar.gz", "*.sha256", "*.sha256sum", "SHA256SUMS", "lost+found"}

func isCompanion(name string) bool {
	return slices.ContainsFunc(companions, func(pattern string) bool {
		ok, err := filepath.Match(pattern, name)
		return ok && err == nil
	})
}

// named are names of backups, whatever they hold.
var named = regexp.MustCompile(`^(Full|Incr)-\d{8,}-\d{8,}-\d+|-\d{9,11}(\.zip)?$|^k0s_backup_`)

// smallest is the size of the smallest database, in bytes: four pages.
const smallest = 16 << 10

// worth reports whether a file somewhere below the folder of the user is looked into: it is named like a backup, or its
// length is that of a database, or its name that of something packed.
func worth(path string) bool {
	name := filepath.Base(path)
	if meant(name) || named.MatchString(name) {
		return true
	}
	st, err := os.Stat(path)
	if err != nil || st.Size() < smallest {
		return false
	}
	left := st.Size() % 512
	return left == 0 || left == 32 || slices.Contains([]string{".gz", ".tgz", ".zst", ".zip", ".zlib", ".Z", ".tar"}, filepath.Ext(name))
}

// file lists a file. What is no backup is named in the folder of the user only: below it, anything may lie.
func (l *lister) file(path string, top bool) {
	name := filepath.Base(path)
	if isCompanion(name) || l.known(path) || !top && !worth(path) {
		return
	}
	id, err := verdicts.Identify(path)
	if errors.Is(err, regular.ErrKind) || id.Path == "" {
		if top {
			l.foreign(path, regular.Fault(err))
		}
		return
	}
	if b, ok := l.shelf.kept(path, id); ok {
		l.owned(&b, id)
		l.dated(&b, id)
		l.list = append(l.list, b)
		return
	}
	b := known(path, id)
	l.owned(&b, id)
	l.dated(&b, id)
	l.checked(&b, id)
	if strings.HasSuffix(name, suffix) {
		b.Foreign, b.Problem, b.Format = true, "it is a save that has not finished, or was killed", ""
	} else {
		l.shelf.look(&b, path)
	}
	if !b.Foreign || top || meant(name) {
		l.list = append(l.list, b)
	}
}
