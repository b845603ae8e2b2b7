// Command etcdscope shows what Kubernetes really wrote: the objects in etcd, and every revision of them.
//
//	command line ─► tui/print ─► open ─► a source ─┬─► tui       the screen
//	                                               └─► tui/print the same as text and JSON
//
// This file only wires: it gives the screen and the commands the functions that open and write something.
package main

import (
	"cmp"
	"context"
	"net"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/crypt"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/auditlog"
	"github.com/etcdscope/etcdscope/etcdsource/backup"
	"github.com/etcdscope/etcdscope/etcdsource/backup/rehearse"
	"github.com/etcdscope/etcdscope/etcdsource/backup/schedule"
	"github.com/etcdscope/etcdscope/etcdsource/demo"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/kms"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/live/discover"
	"github.com/etcdscope/etcdscope/etcdsource/open"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/verdicts"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/kubeapi"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui"
	"github.com/etcdscope/etcdscope/tui/config"
	"github.com/etcdscope/etcdscope/tui/feature/export"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/print"
	"github.com/etcdscope/etcdscope/tui/serve"
	"github.com/etcdscope/etcdscope/tui/serve/local"
	"github.com/etcdscope/etcdscope/tui/snapshots"
	"github.com/etcdscope/etcdscope/tui/terminal"
)

// memoryLimit is from where on memory is collected sooner, in bytes: the program is a guest on a control plane. What it
// needs all the same it gets.
const memoryLimit = 400 << 20

func main() {
	terminal.Monitor()
	demo.Child()
	rehearse.Child()
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	os.Exit(terminal.Run(func(ctx context.Context) int {
		return print.Execute(ctx, os.Args[1:], os.Stdin, terminal.Stdout(), os.Stderr, functions())
	}))
}

func functions() print.Funcs {
	return print.Funcs{
		Open: openSource, Discover: candidates, Save: save, Schedule: keepBackups, Schedules: open.Schedules, Bucket: open.Bucket, History: pastOf, Parts: backup.Parts, RemovePart: backup.RemovePart, Status: status, Previous: backup.Previous, Keep: shelf().Keep, Kept: shelf().Verdicts.Of, Newest: shelf().Newest, List: shelf().List, Stories: stories, UI: screen, Audit: auditLogs, Follow: auditlog.Follow,
		Offline: func(ctx context.Context, o print.OpenOptions) etcdsource.Offline {
			return open.Offline(ctx, openOptions(o), shelf().List)
		},
		Ask: func(ctx context.Context, o print.OpenOptions, off *etcdsource.Offline) (etcdsource.Probe, error) {
			return open.Ask(ctx, openOptions(o), off)
		},
		Newer: backup.Newer, Node: open.Node, Distributions: discover.Distributions(), Rehearse: rehearse.Run, Restore: rehearse.Make,
		KMS:     askKMS,
		Write:   backup.WriteNew,
		Serving: print.Serving{Listen: local.Listen, Writable: local.Writable, Kubeconfig: local.Kubeconfig, Folder: local.MakeFolder, Shell: local.Shell},
		Version: version(), Called: os.Args[0], Config: func() (*config.Config, error) { return config.Load(config.Path()) },
	}
}

// shelf is the backups of this machine.
func shelf() *backup.Shelf {
	d := decode.New(decode.Options{})
	return &backup.Shelf{
		Verdicts: verdicts.At(verdicts.Folder()), Noted: open.Noted,
		UID: func(value []byte) string {
			return d.Object([]byte(kinds.DefaultRoot+"namespaces/kube-system"), value, 0).UID
		},
		Written: func(key, value []byte) time.Time {
			return slices.MaxFunc(append(learn.Times(d.Outline(key, value, 0)), time.Time{}), time.Time.Compare)
		},
	}
}

func version() string {
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		return b.Main.Version
	}
	return "(devel)"
}

// openOptions are the options as the door takes them.
func openOptions(o print.OpenOptions) open.Options {
	l, env := o.Live, os.Getenv
	if o.Socket != "" { // what leads to the cluster does not lead to it
		l, env = print.Live{Endpoints: []string{"unix://" + o.Socket}, Name: l.Name, ReadRate: l.ReadRate}, func(string) string { return "" }
	}
	return open.Options{
		Env:  env,
		Path: o.Path, Demo: o.Demo, Story: o.Story, Root: o.Root, Etcd: o.Etcd, Attempt: o.Attempt, NoVerify: o.NoVerify, WALDir: o.WALDir, Wait: o.Wait, NoSum: o.NoSum, EncryptionConfig: o.EncryptionConfig,
		MaxUnpack: o.MaxUnpack, Progress: o.Progress,
		Live: live.Config{
			Endpoints: l.Endpoints, CACert: l.CACert, Cert: l.Cert, Key: l.Key, User: l.User, Password: l.Password,
			InsecureSkipVerify: l.InsecureSkipVerify, DialTimeout: l.DialTimeout, CommandTimeout: l.CommandTimeout,
			Name: l.Name, Serializable: l.Serializable, ReadRate: l.ReadRate, LogFile: o.LogFile, Outage: o.Outage, Learner: o.Learner,
		},
	}
}

func openSource(ctx context.Context, o print.OpenOptions) (print.Opened, error) {
	src, found, err := open.Open(ctx, openOptions(o))
	if err != nil {
		return print.Opened{}, err
	}
	opened := print.Opened{Source: src, From: found.From, EncryptionConfig: found.EncryptionConfig, Prefix: found.Prefix, AuditLog: found.AuditLog, NoKeys: found.NoKeys}
	for _, e := range found.Others {
		opened.Others = append(opened.Others, learn.Etcd(e))
	}
	if c := found.Candidate; c != nil {
		opened.Backups = backup.FolderOn(c.Distribution, c.DataDir)
	} else if o.Path != "" {
		opened.Backups = backup.FolderOf(o.Path)
	}
	if found.Keys != nil {
		opened.EncryptionConfig, opened.EncryptionText = found.Keys.From, found.Keys.Text
	}
	if c := found.Candidate; c != nil {
		opened.Distribution, opened.DataDir = c.Distribution, c.DataDir
	}
	return opened, nil
}

func candidates(ctx context.Context, root string) (out []print.Candidate, places []print.Place, err error) {
	found, looked := discover.Search(ctx, root)
	for _, c := range found {
		out = append(out, print.Candidate(c))
	}
	for _, p := range looked {
		places = append(places, print.Place(p))
	}
	return out, places, ctx.Err()
}

// askKMS connects to KMS plugins when they are asked first. Sockets that a configuration of a mounted file tree names
// are those in that tree.
func askKMS(ctx context.Context, plugins []crypt.Plugin, root string) (crypt.Unwrap, func() string) {
	var of []kms.Plugin
	for _, p := range plugins {
		if root != "" {
			p.Endpoint = discover.Socket(root, p.Endpoint)
		}
		of = append(of, kms.Plugin(p))
	}
	c := kms.New(ctx, of)
	safego.Go(nil, func() {
		<-ctx.Done()
		_ = c.Close()
	})
	return func(s crypt.Source) ([]byte, error) { return c.Unwrap(kms.Source(s)) }, c.String
}

func auditLogs(paths []string) (audit.Files, error) { return auditlog.Open(paths) }

func save(ctx context.Context, src etcdsource.Source, path string, force bool, report func(string, int64, int64)) (print.Saved, error) {
	saver, err := etcdsource.As[etcdsource.Saver](src)
	if err != nil {
		return print.Saved{}, err
	}
	r, err := backup.Save(ctx, saver, path, backup.Options{Force: force, Progress: func(s backup.Step) {
		if report != nil {
			report(s.Phase.String(), s.Done, s.Total)
		}
	}})
	if err == nil {
		_ = shelf().Saved(ctx, &r) // lists will call it unchecked; it is saved all the same
	}
	return print.Saved{Path: r.Path, Revision: r.Revision, Bytes: r.Bytes, SHA256: r.SHA256, Seconds: r.Took.Seconds(), Verified: err == nil}, err
}

// keepBackups makes backups of a cluster on a schedule.
func keepBackups(ctx context.Context, from print.OpenOptions, place etcdsource.Place, o etcdsource.ScheduleOptions, progress func(string, int64, int64)) error {
	to, warnings, end, err := open.Shelf(ctx, place)
	if err != nil {
		return err
	}
	defer end()
	for _, w := range warnings {
		o.Report(etcdsource.ScheduleEvent{Warning: w})
	}
	endpoints := from.Live.Endpoints
	if env := os.Getenv("ETCDCTL_ENDPOINTS"); len(endpoints) == 0 && env != "" {
		endpoints = strings.Split(env, ",")
	}
	s := shelf()
	return schedule.Run(ctx, schedule.Config{
		ScheduleOptions: o, Shelf: to, UID: s.UID, From: schedule.Origin(endpoints),
		Open: func(ctx context.Context) (etcdsource.Source, error) {
			opened, err := openSource(ctx, from)
			return opened.Source, err
		},
		Saved: func(ctx context.Context, r backup.Result) {
			if !etcdsource.IsBucket(r.Path) {
				_ = s.Saved(ctx, &r)
			}
		},
		Progress: func(s backup.Step) { progress(s.Phase.String(), s.Done, s.Total) },
	})
}

// backupsIn lists the backups in a folder or a bucket.
func backupsIn(ctx context.Context, dir string) ([]etcdsource.Backup, error) {
	if etcdsource.IsBucket(dir) {
		return open.Bucket(ctx, etcdsource.Place{Path: dir})
	}
	return shelf().List(ctx, dir)
}

// pastOf returns the changes of a key in the backups of a folder or a bucket.
func pastOf(ctx context.Context, p etcdsource.Place, key []byte, o etcdsource.HistoryOptions) ([]etcdsource.BackupChange, error) {
	return open.History(ctx, shelf(), p, key, o)
}

// pastIn does so with what the environment says of a bucket.
func pastIn(ctx context.Context, dir string, key []byte, o etcdsource.HistoryOptions) ([]etcdsource.BackupChange, error) {
	return pastOf(ctx, etcdsource.Place{Path: dir}, key, o)
}

// schedulesIn returns what a folder says of the schedules that keep backups in it.
func schedulesIn(ctx context.Context, dir string) ([]etcdsource.Schedule, error) {
	return open.Schedules(ctx, etcdsource.Place{Path: dir})
}

func status(ctx context.Context, o print.OpenOptions) (print.Status, error) {
	path, end, err := open.Local(ctx, openOptions(o))
	if err != nil {
		return print.Status{}, err
	}
	defer end()
	s, err := backup.Status(ctx, path, snapfile.Options{MaxUnpack: o.MaxUnpack, Progress: o.Progress, WALDir: o.WALDir})
	return print.Status(s), err
}

func stories() (out []print.Story) {
	for _, s := range demo.Stories() {
		out = append(out, print.Story(s))
	}
	return out
}

// screen runs the terminal UI.
func screen(ctx context.Context, o print.UIOptions) error {
	environ := os.Environ()
	if o.NoColor {
		environ = append(environ, "NO_COLOR=1")
	}
	safego.Go(nil, sweep)
	var rehearsals sync.WaitGroup
	defer rehearsals.Wait() // they end with the screen, and remove what they have made
	var served sync.WaitGroup
	defer served.Wait() // the kubeconfigs are removed
	first := host.Target{Path: o.Open.Path, Demo: o.Open.Demo, Story: o.Open.Story}
	deps := host.Deps{List: backupsIn, Schedules: schedulesIn, History: pastIn, Kept: shelf().Verdicts.Of, Newest: shelf().Newest, Verify: o.Verify, Plan: o.Plan, Rehearse: waited(&rehearsals), Serve: share(&served, o.Reveal), Save: saveSteps, Parts: host.Parts{Of: backup.Parts, Remove: backup.RemovePart}, Write: backup.WriteNew, Open: func(ctx context.Context, t host.Target, report host.Progress) (*learn.Opened, error) {
		open := o.Open
		open.Path, open.Demo, open.Story, open.Prefix = t.Path, t.Demo, t.Story, t.Prefix
		open.KMS, open.Etcd, open.Attempt = open.KMS || t.KMS, cmp.Or(t.Etcd, open.Etcd), t.Attempt
		if t.Rehearsed.Socket != "" {
			open.Socket, open.Live.Name, open.EncryptionConfig = t.Rehearsed.Socket, t.Rehearsed.Name, cmp.Or(open.EncryptionConfig, t.Rehearsed.EncryptionConfig)
		}
		open.NoVerify, open.MaxUnpack, open.Progress = open.NoVerify || t.NoVerify, max(open.MaxUnpack, t.MaxUnpack), report
		return o.Learn(ctx, open)
	}}
	if o.Offline != nil {
		at := func(t host.Target) print.OpenOptions {
			open := o.Open
			open.Etcd = cmp.Or(t.Etcd, open.Etcd)
			return open
		}
		deps.Offline = func(ctx context.Context, t host.Target) etcdsource.Offline { return o.Offline(ctx, at(t)) }
		deps.Ask = func(ctx context.Context, t host.Target, off *etcdsource.Offline) (etcdsource.Probe, error) {
			return o.Ask(ctx, at(t), off)
		}
	}
	tty := term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
	return tui.Run(ctx, deps, host.Options{
		Target: first, Theme: o.Theme, ASCII: o.ASCII, Mouse: !o.NoMouse, Anim: !o.NoAnim, Reveal: o.Reveal,
		Autoplay: o.Autoplay, Speed: o.Speed, Environ: environ, SnapshotDir: o.Snapshots, Columns: o.Columns, Clusters: o.Clusters, Hint: o.Hint, Source: o.Source, Sudo: withSudo(),
	}, os.Stdin, os.Stdout, tty)
}

// sweep removes what screens that were killed have left: kubeconfigs and values that a pager showed.
func sweep() {
	for _, of := range []string{local.Folder, export.Folder} {
		disk.SweepPrivate(of)
	}
}

// withSudo is the command line of this program, with sudo; nil for root, and where there is no sudo.
func withSudo() []string {
	sudo, err := exec.LookPath("sudo")
	self, serr := os.Executable()
	if os.Geteuid() == 0 || err != nil || serr != nil {
		return nil
	}
	return sudoLine(sudo, self, os.Args[1:], os.Environ())
}

// sudoLine is that command line. sudo gets the names of the variables that say how etcd is reached, never their values: ps
// shows these to everybody.
func sudoLine(sudo, self string, args, environ []string) []string {
	var keep []string
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if value != "" && (strings.HasPrefix(name, "ETCDCTL_") || name == "ETCDSCOPE_CONFIG") && !strings.ContainsAny(name, ", ") {
			keep = append(keep, name)
		}
	}
	line := []string{sudo}
	if slices.Sort(keep); len(keep) > 0 {
		line = append(line, "--preserve-env="+strings.Join(keep, ","))
	}
	return append(append(line, self), args...)
}

// waited rehearses, and lets others wait until that has ended.
func waited(all *sync.WaitGroup) func(context.Context, string, etcdsource.RehearseOptions) (etcdsource.Rehearsed, error) {
	return func(ctx context.Context, path string, o etcdsource.RehearseOptions) (etcdsource.Rehearsed, error) {
		all.Add(1)
		defer all.Done()
		return rehearse.Run(ctx, path, o)
	}
}

// share serves what is on the screen, and lets others wait until that has ended.
func share(all *sync.WaitGroup, reveal bool) func(context.Context, *learn.Known, etcdsource.Source, int64, func(host.Shared)) error {
	return func(ctx context.Context, known *learn.Known, src etcdsource.Source, rev int64, ready func(host.Shared)) error {
		all.Add(1)
		defer all.Done()
		o := serve.Options{
			API: &kubeapi.API{Known: known, Source: src, Reveal: reveal}, Host: "127.0.0.1", Contexts: []serve.Context{{Name: "now"}}, Current: "now",
			Listen: func(ctx context.Context) (net.Listener, error) { return local.Listen(ctx, "127.0.0.1:0") },
			Kubeconfig: func(data []byte) (string, func(), error) {
				file, remove, err := local.Kubeconfig("", data)
				return file, func() { _ = remove() }, err
			},
		}
		if rev > 0 {
			o.Contexts, o.Current = append(o.Contexts, serve.At("asof", rev)), "asof"
		}
		return serve.Run(ctx, o, func(ctx context.Context, server, kubeconfig string) error {
			s := host.Shared{Server: server, Kubeconfig: kubeconfig}
			for _, c := range o.Contexts {
				s.Contexts = append(s.Contexts, c.Name)
			}
			ready(s)
			<-ctx.Done()
			return nil
		})
	}
}

// saveSteps saves a snapshot and reports it step by step, as the snapshots pane shows it.
func saveSteps(ctx context.Context, src etcdsource.Source, path string, report func(snapshots.Step)) (snapshots.Result, error) {
	steps := snapshots.Reporter{To: report}
	r, err := save(ctx, src, path, false, steps.Report)
	if err == nil {
		steps.End()
	}
	return snapshots.Result{Path: r.Path, Revision: r.Revision, Bytes: r.Bytes, SHA256: r.SHA256, Seconds: r.Seconds}, err
}
