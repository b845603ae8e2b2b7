package print

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/restore"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// writable is W_OK of access(2).
const writable = 2

// planner reads what the plan of a restore is made of.
type planner struct {
	*app
	path  string
	given restore.Given
	// newer are further stores to hold the file against, beside those that are open already.
	newer  []string
	beside []restore.Beside
	open   func(context.Context, OpenOptions) (*store, error)
	warned func(err error, then string) // called with what could not be read, and what follows
	report func(step string)            // called with the next step
	s      *store
	f      restore.Facts
}

// planOnScreen plans a restore for the screen. What cannot be read beside the file is passed over in silence, as the plan
// says what it was held against.
func (a *app) planOnScreen(ctx context.Context, path string, beside []restore.Beside, report func(step string)) (*restore.Plan, error) {
	p := planner{app: a, path: path, beside: beside, report: report, warned: func(error, string) {}}
	p.given.Rooted = a.flags.root != ""
	p.open = func(ctx context.Context, o OpenOptions) (*store, error) {
		o.Wait, o.Progress = true, func(step string, done, total int64) {
			if total > 0 {
				step = fmt.Sprintf("%s, %d %%", step, done*100/total)
			}
			report(step)
		}
		opened, err := a.learn(ctx, o, false)
		if err != nil {
			return nil, err
		}
		return &store{Opened: opened}, nil
	}
	return p.plan(ctx)
}

// plan reads what the plan is made of, and makes it. Of a file that cannot be opened it is a warning that stops, and no
// steps.
func (r *planner) plan(ctx context.Context) (*restore.Plan, error) {
	if r.funcs.Node == nil {
		return nil, usage("plan a restore: this build cannot")
	}
	r.f = restore.Facts{Given: r.given, Now: time.Now(), Node: r.funcs.Node(ctx, r.flags.root, r.given.Distribution)}
	if err := r.file(ctx); err != nil {
		return nil, err
	}
	if r.s == nil {
		return &restore.Plan{File: r.f.File, Warnings: []restore.Warning{unopened(r.path, r.f.File.Damage)}}, nil
	}
	defer r.s.close()
	contents, err := restore.Read(ctx, r.s.Opened, r.keys("reading"))
	if err != nil {
		if ctx.Err() != nil || r.f.File.Damage == "" {
			return nil, err
		}
		contents = &restore.Contents{}
	}
	r.f.Contents, r.f.Root = contents, r.s.Root
	if r.f.Node.Distribution == "" {
		r.f.Node = r.funcs.Node(ctx, r.flags.root, cmp.Or(contents.Distribution, restore.Usual))
	}
	r.asGiven(&r.f.Node.Client)
	r.others(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return restore.Make(&r.f), nil
}

// asGiven takes what the steps ask etcd with from etcdctl's flags and variables, where these name an endpoint.
func (r *planner) asGiven(c *etcdsource.NodeClient) {
	live := r.flags.openOptions().Live
	endpoints := cmp.Or(strings.Join(live.Endpoints, ","), os.Getenv("ETCDCTL_ENDPOINTS"))
	if endpoints == "" {
		return
	}
	file := func(given, variable string) string {
		path := cmp.Or(given, os.Getenv(variable))
		if abs, err := filepath.Abs(path); path != "" && err == nil {
			return abs
		}
		return path
	}
	*c = etcdsource.NodeClient{Endpoint: endpoints, CACert: file(live.CACert, "ETCDCTL_CACERT"), Cert: file(live.Cert, "ETCDCTL_CERT"), Key: file(live.Key, "ETCDCTL_KEY")}
}

// keys reports how many keys a step has read.
func (r *planner) keys(step string) func(n int64) {
	return func(n int64) { r.report(step + ", " + widget.Plural(n, "key")) }
}

// unopened is the warning about a file or folder that is there and is no snapshot.
func unopened(path, why string) restore.Warning {
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		return restore.Warning{Kind: restore.Damaged, Stop: true, Text: "this folder is not one backup", Detail: why}
	}
	return restore.Warning{Kind: restore.Damaged, Stop: true, Text: "the file is damaged, or no snapshot", Detail: why}
}

// file opens the snapshot and describes it.
func (r *planner) file(ctx context.Context) (err error) {
	o := r.flags.openOptions()
	o.Path, o.NoVerify = r.path, true
	config := r.f.Node.Encryption
	if o.EncryptionConfig == "" && config != "" {
		if at := r.onNode(config); at != "" {
			o.EncryptionConfig = at
		}
	}
	r.s, err = r.open(ctx, o)
	if err != nil && o.EncryptionConfig != r.flags.encryptionConfig && ctx.Err() == nil {
		r.warned(err, "encrypted values stay as they are") // it was found, not given
		o.EncryptionConfig = ""
		r.s, err = r.open(ctx, o)
	}
	if err != nil {
		if !r.damaged(ctx, err) {
			return err
		}
		r.s, r.f.File = nil, restore.File{Path: r.path, Damage: clean.Error(err)}
		return nil
	}
	info := &r.s.Info
	f := restore.File{Path: r.path, Revision: info.Revision, Keys: info.Keys, Bytes: info.DBSize, Version: info.Version, Checksum: info.Integrity, Behind: info.Behind.Text}
	if abs, err := filepath.Abs(r.path); err == nil {
		f.Path = abs
	}
	dir := r.f.Node.Data.Dir
	if r.f.Node.Distribution == "k0s" { // all of it is put aside
		dir = r.f.Node.Lib
	}
	if dir != "" && r.flags.root == "" {
		f.InDataDir = strings.HasPrefix(f.Path, dir+"/")
	}
	if st, err := os.Stat(r.path); err == nil {
		f.Modified, f.Folder = st.ModTime(), st.IsDir()
	}
	f.Fixed = syscall.Access(filepath.Dir(f.Path), writable) != nil
	entries, _ := os.ReadDir(filepath.Dir(f.Path))
	for _, e := range entries {
		f.Beside = append(f.Beside, e.Name())
	}
	if err := r.checks(ctx, &f); err != nil {
		r.s.close()
		return err
	}
	r.f.File = f
	if s, err := etcdsource.As[etcdsource.Storer](r.s.Source); err == nil {
		if r.f.Stored, err = s.Stored(ctx); err != nil && f.Damage == "" {
			r.f.File.Damage = clean.Error(err)
		}
	}
	return ctx.Err()
}

// damaged reports whether an error of opening the file says that it is no snapshot: it is there, and neither this machine,
// such as its full disk, nor a choice of the user's keeps it from being read.
func (r *planner) damaged(ctx context.Context, err error) bool {
	f, e := os.Open(r.path)
	if e != nil || ctx.Err() != nil {
		return false
	}
	f.Close()
	var much *etcdsource.UnpackError
	var ask *etcdsource.Problem
	var system syscall.Errno
	return !errors.As(err, &system) && !errors.As(err, &much) && !(errors.As(err, &ask) && strings.Contains(ask.Do, "--max-unpack"))
}

// checks says what is wrong with the file itself.
func (r *planner) checks(ctx context.Context, f *restore.File) error {
	checker, err := etcdsource.As[etcdsource.Checker](r.s.Source)
	if err != nil {
		return nil
	}
	list, err := checker.Checks(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		switch {
		case c.Name == "checksum" && c.State == etcdsource.Unchecked:
			f.NoSum = true
		case c.State == etcdsource.Failed && c.Name != "wal" && f.Damage == "":
			f.Damage = clean.Text(c.Detail)
		}
	}
	if st, err := os.Stat(r.path); err == nil && st.IsDir() {
		f.NoSum = false // a member's data directory is saved as a snapshot
	}
	return nil
}

// onNode is where a path of the node can be opened, "" where it is not there.
func (r *planner) onNode(path string) string {
	at := filepath.Join("/", r.flags.root, path)
	if r.flags.root != "" && !filepath.IsAbs(r.flags.root) {
		at = filepath.Join(r.flags.root, path)
	}
	if _, err := os.Stat(at); err != nil {
		return ""
	}
	return at
}
