package open

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/archive"
	"github.com/etcdscope/etcdscope/etcdsource/backup"
	"github.com/etcdscope/etcdscope/etcdsource/backup/schedule"
	"github.com/etcdscope/etcdscope/etcdsource/objectstore"
)

// Shelf opens a place where backups are kept: a folder, or a bucket. warnings are what is unwise about it. end frees what
// that took. Errors are *etcdsource.Problem.
func Shelf(ctx context.Context, p etcdsource.Place) (shelf etcdsource.Shelf, warnings []string, end func(), err error) {
	if etcdsource.IsBucket(p.Path) {
		b, err := objectstore.Open(p, objectstore.Options{})
		if err != nil {
			return nil, nil, nil, err
		}
		return b, b.Warnings(ctx), func() { b.Close() }, nil
	}
	f, err := schedule.OpenFolder(p.Path)
	if err != nil {
		return nil, nil, nil, err
	}
	return f, nil, func() { f.Close() }, nil
}

// Schedules returns what a place says of the schedules that keep backups there, and what the folders in it say; a path that is
// no such place says nothing.
func Schedules(ctx context.Context, p etcdsource.Place) ([]etcdsource.Schedule, error) {
	if etcdsource.IsBucket(p.Path) {
		b, err := objectstore.Open(p, objectstore.Options{})
		if err != nil {
			return nil, err
		}
		objects, err := b.Objects(ctx, "", mostObjects)
		if err != nil {
			return nil, err
		}
		list, _, err := noted(ctx, b, objects)
		return list, err
	}
	var all []etcdsource.Schedule
	for _, dir := range append([]string{p.Path}, subfolders(p.Path)...) {
		if st, err := os.Stat(dir); err != nil || !st.IsDir() {
			continue
		}
		f, err := schedule.OpenFolder(dir)
		if err != nil {
			return all, err
		}
		list, _, err := schedule.Schedules(ctx, f)
		f.Close()
		if err != nil {
			return all, err
		}
		for i := range list {
			if rel, err := filepath.Rel(p.Path, dir); err == nil && rel != "." && list[i].Path != "" {
				list[i].Path = filepath.Join(rel, list[i].Path)
			}
		}
		all = append(all, list...)
	}
	return all, nil
}

// Noted returns when the backups in a folder were made, as schedules note there. What cannot be read says nothing.
func Noted(dir string) map[string]backup.Noted {
	if st, err := os.Lstat(filepath.Join(dir, ".etcdscope")); err != nil || !st.IsDir() {
		return nil
	}
	f, err := schedule.OpenFolder(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	_, entries, _ := schedule.Schedules(context.Background(), f)
	out := make(map[string]backup.Noted, len(entries))
	for i := range entries {
		e := &entries[i]
		out[e.Name] = backup.Noted{Cluster: e.Cluster, UID: e.UID, Made: e.Made, Bytes: e.Bytes, Tail: e.Tail, SHA256: e.SHA256, Verified: e.Verdict == string(etcdsource.BackupVerified)}
	}
	return out
}

// subfolders are the folders in a folder in which a schedule keeps backups.
func subfolders(dir string) []string {
	list, _ := filepath.Glob(filepath.Join(escape(dir), "*", ".etcdscope"))
	for i := range list {
		list[i] = filepath.Dir(list[i])
	}
	return list[:min(len(list), mostSchedules)]
}

// escape takes the meaning from what means something in a pattern.
func escape(dir string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}

// mostSchedules is how many folders of a place may have schedules of their own.
const mostSchedules = 100

// noted reads what schedules note in a bucket, and in the folders of it. The names of entries are those below the bucket's prefix.
func noted(ctx context.Context, b *objectstore.Bucket, objects []objectstore.Object) (list []etcdsource.Schedule, entries []schedule.Entry, err error) {
	met := map[string]bool{}
	for _, o := range objects {
		dir, file := path.Split(o.Name)
		if !strings.HasSuffix(file, ".json") && !strings.HasSuffix(file, ".down") || path.Base(dir) != ".etcdscope" || met[dir] || len(met) >= mostSchedules {
			continue
		}
		met[dir] = true
		folder, from := path.Dir(strings.TrimSuffix(dir, "/")), b
		if folder != "." {
			from = b.Sub(folder)
		}
		l, es, err := schedule.Schedules(ctx, from)
		if err != nil {
			return list, entries, err
		}
		for i := range l {
			if l[i].Path != "" {
				l[i].Path = path.Join(folder, l[i].Path)
			}
		}
		for i := range es {
			es[i].Name = path.Join(folder, es[i].Name)
		}
		list, entries = append(list, l...), append(entries, es...)
	}
	return list, entries, nil
}

// mostObjects is how many objects of a bucket are listed.
const mostObjects = 10_000

// Bucket lists the backups in a bucket, the newest first. It reads the indexes of schedules, and names; no backup is read.
func Bucket(ctx context.Context, p etcdsource.Place) ([]etcdsource.Backup, error) {
	b, err := objectstore.Open(p, objectstore.Options{})
	if err != nil {
		return nil, err
	}
	objects, err := b.Objects(ctx, "", mostObjects)
	if err != nil {
		return nil, err
	}
	_, entries, err := noted(ctx, b, objects)
	if err != nil {
		return nil, err
	}
	known := map[string]*schedule.Entry{}
	for i := range entries {
		known[entries[i].Name] = &entries[i]
	}
	var list []etcdsource.Backup
	for _, o := range objects {
		about, ok := archive.Named(o.Name)
		if !ok {
			continue
		}
		x := etcdsource.Backup{Path: b.String() + "/" + o.Name, Format: string(about.Format), Name: about.Cluster, Revision: about.Revision, Keys: -1,
			Bytes: o.Bytes, Modified: o.Modified, Time: o.Modified, TimeFrom: etcdsource.BackupModified}
		if !about.Time.IsZero() {
			x.Time, x.TimeFrom = about.Time, "backup"
		}
		if e := known[o.Name]; e != nil && e.Bytes == o.Bytes {
			e.Describe(&x)
		}
		list = append(list, x)
	}
	backup.Sort(list)
	return list, nil
}
