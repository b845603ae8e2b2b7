package backup

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/archive"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// History returns the changes of one key in the backups of a folder, the oldest first. Errors are those of List.
func (s *Shelf) History(ctx context.Context, dir string, key []byte, o etcdsource.HistoryOptions) ([]etcdsource.BackupChange, error) {
	all, err := s.List(ctx, dir)
	if err != nil {
		return nil, err
	}
	if all, err = Chosen(all, o.Cluster); err != nil {
		return nil, err
	}
	list, cluster, since := Asked(all, &o)
	a := archive.Asking{Key: key, Open: archive.FromFile(snapfile.Options{MaxUnpack: o.MaxUnpack}), Partly: true, MaxUnpack: o.MaxUnpack, Skipped: o.Skipped, Unverified: o.Unverified, Contradiction: o.Contradiction}
	if o.Progress != nil {
		var total int64
		for i := range list {
			total += list[i].Bytes
		}
		a.Progress = func(done int64) { o.Progress("reading", done, total) }
	}
	if o.Unpacking != nil {
		if n, bytes := packedOf(list); n > 0 {
			o.Unpacking(n, bytes)
		}
	}
	return s.HistoryOf(ctx, list, cluster, since, a)
}

// Chosen returns the backups of the cluster that is chosen, as Backup.Of does, and where its uid is known those that may be of it:
// with that uid and no etcd cluster, or with neither. "" chooses all. Errors are *etcdsource.Problem.
func Chosen(all []etcdsource.Backup, choice string) (list []etcdsource.Backup, err error) {
	if choice == "" {
		return all, nil
	}
	uid, met, there := "", map[string]bool{}, []string(nil)
	for i := range all {
		b := &all[i]
		name := cmp.Or(b.Cluster, b.Store, b.Name)
		if name != "" && !b.Foreign && !met[name] {
			met[name] = true
			there = append(there, name)
		}
		switch {
		case !b.Of(choice):
		case uid != "" && b.Cluster != "" && uid != b.Cluster:
			return nil, &etcdsource.Problem{Tried: "choose cluster " + choice, Why: "there are two of which that can be said: " + uid + " and " + b.Cluster, Do: "give more of its uid"}
		default:
			uid = cmp.Or(uid, b.Cluster)
			list = append(list, *b)
		}
	}
	if len(list) == 0 {
		why := "no backup is known to be of it"
		if len(there) > 0 {
			why += "; there are backups of " + strings.Join(there[:min(len(there), mostNamed)], ", ")
		}
		return nil, &etcdsource.Problem{Tried: "choose cluster " + choice, Why: why, Do: "give a uid of a namespace kube-system, the ID of an etcd cluster, or the beginning of one, as snapshot list -o json has them"}
	}
	for _, b := range all {
		if uid != "" && (b.Cluster == "" || b.Cluster == uid) && b.Store == "" && !b.Foreign && !b.Of(choice) {
			list = append(list, b)
		}
	}
	return list, nil
}

// mostNamed is how many clusters an error names.
const mostNamed = 10

// packedOf returns how many of some backups are packed, and their bytes as they are.
func packedOf(list []etcdsource.Backup) (n int, bytes int64) {
	for i := range list {
		if head, err := snapfile.Head(list[i].Path); err == nil && head.Packed != "" {
			n, bytes = n+1, bytes+list[i].Bytes
		}
	}
	return n, bytes
}

// Asked returns which of the backups that were listed are asked for changes so far back from the newest one, the time from which on
// these count, and the cluster that they are of: that of the newest backup whose cluster is known, "" where none is. Of backups that
// indexes list, only those of the etcd cluster of the newest one are asked; o.Skipped receives the others of that time, and why.
func Asked(all []etcdsource.Backup, o *etcdsource.HistoryOptions) (asked []etcdsource.Backup, cluster string, since time.Time) {
	var list []etcdsource.Backup
	var newest time.Time
	for _, b := range all {
		if b.Foreign {
			continue
		}
		if cluster == "" {
			cluster = b.Cluster
		}
		if list = append(list, b); b.Time.After(newest) {
			newest = b.Time
		}
	}
	since = newest.Add(-o.Back)
	store := storeOf(list, cluster)
	if names := clustersOf(list, cmp.Or(cluster, store)); o.Cluster == "" && o.Several != nil && len(names) > 1 {
		o.Several(names[0], names[1:])
	}
	list = slices.DeleteFunc(list, func(b etcdsource.Backup) bool {
		other := store != "" && b.Store != "" && b.Store != store
		if other && !b.Time.Before(since) {
			o.Skipped(b.Path, "it is a backup of etcd cluster "+b.Store+", not of "+store+", of which the newest one is")
		}
		return other
	})
	return archive.Since(list, since, cluster), cluster, since
}

// clustersOf returns how each cluster is chosen that the backups are known to be of, the first one, by its uid or the ID of its etcd cluster,
// before the others: by its name, or by one of these where it has none, or shares it with another one.
func clustersOf(list []etcdsource.Backup, first string) (choices []string) {
	uids, names, shared := map[string]string{}, map[string]string{}, map[string]int{} // uids by etcd cluster, names by uid
	for i := range list {
		if b := &list[i]; b.Cluster != "" {
			uids[b.Store], names[b.Cluster] = b.Cluster, cmp.Or(names[b.Cluster], b.Name)
		}
	}
	delete(uids, "")
	for _, name := range names {
		shared[name]++
	}
	var met []string
	for i := range list {
		b := &list[i]
		id := cmp.Or(b.Cluster, uids[b.Store], b.Store)
		switch {
		case id == "" && (b.Name == "" || shared[b.Name] > 0):
			continue // it may be of one of the others
		case id == "":
			id = b.Name
		}
		if slices.Contains(met, id) {
			continue
		}
		met = append(met, id)
		if name := names[id]; name != "" && shared[name] == 1 {
			id = name
		}
		choices = append(choices, id)
	}
	if i := slices.Index(met, first); i > 0 {
		name := choices[i]
		choices = slices.Insert(slices.Delete(choices, i, i+1), 0, name)
	}
	return choices
}

// storeOf returns the etcd cluster of the newest backup of which an index says that, of those that may be of a cluster; "" for none.
func storeOf(list []etcdsource.Backup, cluster string) (store string) {
	var at time.Time
	for i := range list {
		b := &list[i]
		if b.Store != "" && (cluster == "" || b.Cluster == "" || b.Cluster == cluster) && (store == "" || b.Time.After(at)) {
			store, at = b.Store, b.Time
		}
	}
	return store
}

// HistoryOf returns the changes of one key in backups, those of other clusters left out: a is without Cluster, Ending and UID. Where nothing
// has changed since that time, it is the last change before it, marked as Earlier. Errors are the context's.
func (s *Shelf) HistoryOf(ctx context.Context, list []etcdsource.Backup, cluster string, since time.Time, a archive.Asking) ([]etcdsource.BackupChange, error) {
	a.Cluster, a.Ending, a.UID = cluster, systemSuffix, s.uid
	a.Dated = func(b etcdsource.Backup, newest func() []snapfile.Sampled) etcdsource.Backup {
		if b.TimeFrom == fromFile { // of a packed one nothing else is known before it is opened
			s.date(&b, newest())
		}
		return b
	}
	changes, err := archive.History(ctx, list, a)
	for i, c := range changes {
		if !c.Upto.Time.Before(since) {
			return changes[i:], err
		}
	}
	if n := len(changes); n > 0 { // nothing has changed since
		changes = changes[n-1:]
		changes[0].Earlier = true
	}
	return changes, err
}
