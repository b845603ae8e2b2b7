package verdicts

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/regular"
)

const (
	// Most is how many verdicts are kept; those that were reached first go first.
	Most = 1000
	// maxFile is the size of one that is read, in bytes: a path takes at most 4 KiB, six times as many escaped.
	maxFile = 32 << 10
	suffix  = ".json"
)

// Store is a folder of verdicts. It is safe for concurrent use, also by several processes. A nil Store keeps nothing.
type Store struct{ dir string }

// At returns the verdicts of a folder, which need not exist. A dir of "" is a nil Store.
func At(dir string) *Store {
	if dir == "" {
		return nil
	}
	return &Store{dir}
}

// Folder is where a user's verdicts are kept: etcdscope/verdicts in XDG_STATE_HOME, or in ~/.local/state; "" where
// there is no such place.
func Folder() string {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "etcdscope", "verdicts")
	}
	home, err := os.UserHomeDir()
	if err != nil || !filepath.IsAbs(home) {
		return ""
	}
	return filepath.Join(home, ".local", "state", "etcdscope", "verdicts")
}

// kept is what a file of the folder holds.
type kept struct {
	Path     string    `json:"path"`
	Raw      []byte    `json:"pathBase64,omitempty"` // where the path is no UTF-8
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	Trailer  string    `json:"trailer,omitempty"`
	SHA256   string    `json:"sha256,omitempty"`
	Verdict  string    `json:"verdict"`
	Checked  time.Time `json:"checked"`
	Format   string    `json:"format,omitempty"`
	Cluster  string    `json:"cluster,omitempty"`
	Revision int64     `json:"revision,omitempty"`
	Keys     int64     `json:"keys"`
	Time     time.Time `json:"time"`
	TimeFrom string    `json:"timeFrom,omitempty"`
}

// Keep keeps the verdict of a backup, as long as that is the file it was: id is what Identify said before it was
// verified. Where the file was changed meanwhile, nothing is kept, and an error says so. Errors are *etcdsource.Problem.
func (s *Store) Keep(id Identity, b etcdsource.Backup) error {
	if s == nil {
		return nil
	}
	if now, err := Identify(id.Path); err != nil || !now.same(id) {
		return &etcdsource.Problem{Tried: "keep the verdict on " + id.Path, Why: "it was changed while it was verified", Do: "verify it again", Err: err}
	}
	k := kept{Path: id.Path, Size: id.Size, Modified: id.Modified, Trailer: id.Trailer, SHA256: cmp.Or(b.SHA256, id.Trailer),
		Verdict: string(b.Verdict), Checked: b.Checked, Format: b.Format, Cluster: b.Cluster, Revision: b.Revision, Keys: b.Keys, Time: b.Time, TimeFrom: b.TimeFrom}
	if !utf8.ValidString(k.Path) {
		k.Raw = []byte(k.Path)
	}
	text, err := json.Marshal(k)
	if err == nil {
		err = s.write(s.file(id.Path), text)
	}
	if err != nil {
		return &etcdsource.Problem{Tried: "keep the verdict in " + s.dir, Why: disk.Why(err), Do: "lists will call it unchecked; XDG_STATE_HOME names another folder", Err: err}
	}
	s.prune()
	return nil
}

// write puts a file in its place at once.
func (s *Store) write(path string, text []byte) (err error) {
	if len(text) > maxFile {
		return fmt.Errorf("the verdict takes %d bytes, more than %d", len(text), maxFile)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(s.dir, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	_, err = tmp.Write(text)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// file is where the verdict on a path is kept.
func (s *Store) file(path string) string {
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(s.dir, hex.EncodeToString(sum[:16])+suffix)
}

// Of returns the verdict on the file at a path, and what was found with it; false where there is none, or where the
// file was changed since.
func (s *Store) Of(path string) (etcdsource.Backup, bool) {
	if s == nil {
		return etcdsource.Backup{}, false
	}
	id, err := Identify(path)
	if err != nil {
		return etcdsource.Backup{}, false
	}
	return s.Kept(id)
}

// Kept is Of for a file that was identified already.
func (s *Store) Kept(id Identity) (b etcdsource.Backup, ok bool) {
	if s == nil {
		return b, false
	}
	k, ok := load(s.file(id.Path))
	if !ok || !id.same(k.identity()) {
		return b, false
	}
	return k.backup(), true
}

func load(file string) (k kept, ok bool) {
	text, err := regular.Read(file, maxFile)
	if err != nil || json.Unmarshal(text, &k) != nil {
		return kept{}, false
	}
	if k.Raw != nil {
		k.Path = string(k.Raw)
	}
	switch etcdsource.BackupVerdict(k.Verdict) {
	case etcdsource.BackupVerified, etcdsource.BackupReadable, etcdsource.BackupDamaged:
		return k, true
	}
	return kept{}, false
}

func (k *kept) identity() Identity {
	return Identity{Path: k.Path, Size: k.Size, Modified: k.Modified, Trailer: k.Trailer}
}

func (k *kept) backup() etcdsource.Backup {
	return etcdsource.Backup{Path: k.Path, Format: k.Format, Cluster: k.Cluster, Revision: k.Revision, Keys: k.Keys, Bytes: k.Size, Modified: k.Modified,
		Time: k.Time, TimeFrom: k.TimeFrom, SHA256: k.SHA256, Verdict: etcdsource.BackupVerdict(k.Verdict), Checked: k.Checked}
}

// Newest returns the newest backup of a cluster that is verified, and still there as it was then. cluster is the uid of
// the namespace kube-system; where it is "", nothing is known to be of it.
func (s *Store) Newest(cluster string) (newest etcdsource.Backup, ok bool) {
	if s == nil || cluster == "" {
		return newest, false
	}
	for _, file := range s.files() {
		k, known := load(file)
		if !known || k.Cluster != cluster || k.Verdict != string(etcdsource.BackupVerified) || ok && !k.Time.After(newest.Time) {
			continue
		}
		if b := k.backup(); !b.ChangesOnly() {
			if id, err := Identify(k.Path); err == nil && id.same(k.identity()) {
				newest, ok = b, true
			}
		}
	}
	return newest, ok
}

// files are those of the folder, at most twice as many as are kept.
func (s *Store) files() (list []string) {
	d, err := os.Open(s.dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	names, _ := d.Readdirnames(2 * Most)
	for _, n := range names {
		if strings.HasSuffix(n, suffix) {
			list = append(list, filepath.Join(s.dir, n))
		}
	}
	return list
}

// abandoned is the age of a file that a process which was killed has left while it wrote it.
const abandoned = time.Hour

// prune removes what is too much, the oldest first, and what killed processes have left.
func (s *Store) prune() {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return
	}
	var list []fs.FileInfo
	for _, e := range entries {
		st, err := e.Info()
		switch {
		case err != nil || !st.Mode().IsRegular():
		case strings.HasPrefix(e.Name(), ".new-") && time.Since(st.ModTime()) > abandoned:
			os.Remove(filepath.Join(s.dir, e.Name()))
		case strings.HasSuffix(e.Name(), suffix):
			list = append(list, st)
		}
	}
	if len(list) <= Most {
		return
	}
	slices.SortFunc(list, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, st := range list[:len(list)-Most] {
		os.Remove(filepath.Join(s.dir, st.Name()))
	}
}
