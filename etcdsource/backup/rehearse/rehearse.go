package rehearse

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// need is the space that a rehearsal takes, in bytes.
func need(members int, f *file) int64 {
	n := int64(members) * (2*f.size + 2*segmentBytes)
	if !f.plain {
		n += f.size
	}
	return n
}

// Run restores the snapshot with real members in a scratch folder, compares every key that each of them serves with the
// file, and removes it all. That they differ is no error, but Rehearsed.Equal. Errors are *etcdsource.Problem, or the context's.
func Run(ctx context.Context, path string, o etcdsource.RehearseOptions) (r etcdsource.Rehearsed, err error) {
	began := time.Now()
	if o.Members == 0 {
		o.Members = 1
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	for _, dir := range places(o.Scratch) {
		for _, p := range sweep(dir) {
			if o.OnRemoved != nil {
				o.OnRemoved(p)
			}
		}
	}
	f, err := openFile(ctx, path, snapfile.Options{Wait: true, MaxUnpack: o.MaxUnpack})
	if err != nil {
		return r, err
	}
	defer f.Close()
	dir, err := choose(o.Scratch, o.Avoid, need(o.Members, f))
	if err != nil {
		return r, err
	}
	s, err := newFolder(dir)
	if err != nil {
		return r, err
	}
	defer func() {
		if e := s.Remove(); e != nil && err == nil {
			err = problem("cannot remove "+s.Path+": "+e.Error(), "remove it: it holds every Secret", e)
		}
	}()
	run := rehearsal{RehearseOptions: &o, folder: s, file: f, began: began}
	defer run.stop()
	r = etcdsource.Rehearsed{Members: o.Members, Bytes: f.size, Scratch: s.Path}
	if err = run.do(ctx, &r); err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	if r.Took == 0 {
		r.Took = time.Since(began)
	}
	return r, err
}

// rehearsal is one that runs.
type rehearsal struct {
	*etcdsource.RehearseOptions
	folder  *disk.Scratch
	file    *file
	members []*process
	began   time.Time
}

func (r *rehearsal) stop() {
	for _, m := range r.members {
		m.stop()
	}
}

func (r *rehearsal) do(ctx context.Context, res *etcdsource.Rehearsed) error {
	if !r.file.plain {
		r.Progress("writing a plain snapshot into the scratch folder")
	}
	snapshot, err := r.file.in(ctx, r.folder.Path)
	if err != nil {
		return err
	}
	r.Progress("restoring")
	if err := r.start(snapshot); err != nil {
		return problem(err.Error(), "", err)
	}
	for _, word := range []string{sayRestored, sayReady} {
		for i, m := range r.members {
			if err := r.await(ctx, i, m, word); err != nil {
				return err
			}
		}
		r.Progress("starting etcd")
	}
	r.Progress("comparing")
	res.Equal = true
	sockets := make([]string, len(r.members))
	for i := range r.members {
		_, _, client := member(i)
		sockets[i] = filepath.Join(r.folder.Path, client)
		c, err := r.compare(ctx, sockets[i])
		if err != nil {
			return problem(fmt.Sprintf("member %d cannot be read: %s", i+1, oneLine(err.Error())), "", err)
		}
		res.Keys, res.Revision = c.keys, c.revision
		if c.differs != "" {
			res.Equal, res.Why = false, fmt.Sprintf("member %d: %s", i+1, c.differs)
			break
		}
	}
	if r.Ready != nil {
		res.Took = time.Since(r.began)
		return r.Ready(ctx, sockets, *res)
	}
	return nil
}

// start starts a process for each member.
func (r *rehearsal) start(snapshot string) error {
	var all []string
	for i := range r.Members {
		name, peer, _ := member(i)
		all = append(all, name+"="+peer)
	}
	for i := range r.Members {
		name, peer, client := member(i)
		log, err := os.OpenFile(filepath.Join(r.folder.Path, name+".log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		p, err := start(order{
			WorkDir: r.folder.Path, Snapshot: snapshot, DataDir: dataDir(r.folder.Path, name), Name: name, Cluster: strings.Join(all, ","),
			Token: "rehearsal", PeerURLs: []string{peer}, Bump: r.Bump, Client: client, RemoveAfter: true,
		}, log, r.folder.Lock)
		if err != nil {
			log.Close()
			return err
		}
		r.members = append(r.members, p)
	}
	return nil
}

func (r *rehearsal) await(ctx context.Context, i int, m *process, word string) error {
	ctx, cancel := context.WithTimeout(ctx, stepLimit(r.file.size))
	defer cancel()
	err := m.await(ctx, word)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return problem(fmt.Sprintf("member %d did not say %q within %v", i+1, word, stepLimit(r.file.size)), "try it where there is less to do", err)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return problem(fmt.Sprintf("member %d did not start: %s", i+1, err), do(err), err)
}

// do is what helps against the reason that a member gave.
func do(err error) string {
	switch text := err.Error(); {
	case strings.Contains(text, "no space left"), strings.Contains(text, "file too large"), strings.Contains(text, "quota exceeded"):
		return "free some space, or " + ownScratch
	case strings.Contains(text, "hash") || strings.Contains(text, "sha256"):
		return "take another backup: this one is damaged"
	}
	return ""
}

// stepLimit is how long a member may take to restore, or to start: two minutes, and ten seconds for each 100 MB.
func stepLimit(bytes int64) time.Duration {
	return 2*time.Minute + time.Duration(bytes/(100<<20))*10*time.Second
}
