package print

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/model/restore"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// rehearsedLine is the result of a rehearsal.
type rehearsedLine struct {
	Rehearsed bool    `json:"rehearsed"`
	Members   int     `json:"members"`
	Keys      int64   `json:"keys"`
	Equal     bool    `json:"equal"`
	Why       string  `json:"why,omitempty"`
	Revision  int64   `json:"revision"`
	Bytes     int64   `json:"bytes"`
	Seconds   float64 `json:"seconds"`
}

// rehearsal rehearses and prints how it went.
func (r *restorer) rehearsal(ctx context.Context, bump uint64) error {
	if r.funcs.Rehearse == nil {
		return usage("rehearse the restore: this build cannot")
	}
	p := &progress{app: r.app, on: isTerminal(r.stderr)}
	o := etcdsource.RehearseOptions{Members: r.members, Scratch: r.scratch, Bump: bump, MaxUnpack: r.flags.maxUnpack,
		OnRemoved: func(path string) { r.warn("removed %s, left by a rehearsal that was killed", clean.Key([]byte(path))) }}
	if p.on {
		o.Progress = func(step string) { fmt.Fprintf(r.stderr, "\r\x1b[K%s…", safe(step)) }
	}
	if dir := r.funcs.Node(ctx, "", "").Data.Dir; dir != "" {
		o.Avoid = []string{dir}
	}
	res, err := r.funcs.Rehearse(ctx, r.path, o)
	if p.on {
		fmt.Fprint(r.stderr, "\r\x1b[K")
	}
	var opening *etcdsource.Problem
	if errors.As(err, &opening) && strings.HasPrefix(opening.Tried, "open snapshot") {
		if !r.damaged(ctx, err) {
			return err
		}
		w := unopened(r.path, clean.Error(err))
		if err := r.warning(&w); err != nil {
			return err
		}
		return differs
	}
	if err != nil {
		return err
	}
	line := rehearsedLine{Rehearsed: true, Members: res.Members, Keys: res.Keys, Equal: res.Equal, Why: clean.Text(res.Why), Revision: res.Revision, Bytes: res.Bytes, Seconds: res.Took.Seconds()}
	if r.flags.format == "json" {
		err = r.out.json(line)
	} else {
		say := fmt.Sprintf("rehearsed with %s: %d keys, all equal to the file's, at revision %d, in %.1f s", widget.Plural(line.Members, "member"), line.Keys, line.Revision, line.Seconds)
		if !line.Equal {
			say = fmt.Sprintf("rehearsed with %s: NOT EQUAL: %s", widget.Plural(line.Members, "member"), line.Why)
		}
		err = r.out.line(say)
	}
	if err == nil {
		err = r.out.flush()
	}
	if err == nil && !line.Equal {
		err = differs
	}
	return err
}

// restoredLine is a data directory that was made.
type restoredLine struct {
	Restored bool   `json:"restored"`
	DataDir  string `json:"dataDir"`
	Name     string `json:"name"`
	Cluster  string `json:"initialCluster"`
	Token    string `json:"token"`
	Revision int64  `json:"revision"`
}

// make rehearses, and makes the data directory.
func (r *restorer) make(ctx context.Context, p *restore.Plan) error {
	if r.funcs.Restore == nil {
		return usage("restore: this build cannot")
	}
	for _, dir := range []string{r.given.DataDir, r.given.WALDir} { // said before the rehearsal, which takes its time
		if up := filepath.Dir(dir); dir != "" {
			if _, err := os.Stat(up); err != nil {
				return no("restore into %s: cannot use %s: %s; %s", clean.Key([]byte(dir)), clean.Key([]byte(up)), disk.Why(err), disk.Do(err, "choose another folder"))
			}
		}
	}
	x := p.This()
	if x == nil {
		return usage("restore into %s: which of the members %s it is for is not known; give --name", clean.Key([]byte(r.given.DataDir)), safe(p.Cluster()))
	}
	to := etcdsource.NewMember{DataDir: r.given.DataDir, WALDir: r.given.WALDir, Name: x.Name, Cluster: p.Cluster(), Token: p.Token, PeerURLs: x.PeerURLs,
		Bump: r.bump(p.Bump), MmapSize: r.mmap, SkipHash: r.skip, MaxUnpack: r.flags.maxUnpack}
	if len(r.given.PeerURLs) > 0 {
		to.PeerURLs = r.given.PeerURLs
	}
	if !r.noRehearse {
		if err := r.rehearsal(ctx, to.Bump); err != nil {
			return err
		}
	}
	if err := r.funcs.Restore(ctx, r.path, to); err != nil {
		return err
	}
	line := restoredLine{Restored: true, DataDir: to.DataDir, Name: to.Name, Cluster: to.Cluster, Token: to.Token, Revision: p.File.Revision + int64(to.Bump)}
	if r.flags.format == "json" {
		return r.out.json(line)
	}
	return r.out.line(fmt.Sprintf("restored member %s into %s, at revision %d; the other members need the same --initial-cluster-token %s",
		safe(line.Name), clean.Key([]byte(line.DataDir)), line.Revision, safe(line.Token)))
}
