package discover

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource/regular"
)

// maxProc is how much of a file of /proc is read, in bytes; the arguments of a process that has more are not looked at.
const maxProc = 256 << 10

// maxMounts is how much of the node's own list of mounts is read, in bytes: several lines for each container.
const maxMounts = 8 << 20

// process is what runs, as far as it is looked at.
type process struct {
	dir  string // below /proc
	args []string
	env  []string // an etcd's only
	uid  uint32
	// fault says why it is nobody's: "" where real, effective and saved user are the same.
	fault string
}

// processes reads what runs: API servers first, since they say which certificate a client takes. Those that are not
// trusted go to f.strangers.
func (f *finder) processes(ctx context.Context) []hint {
	var servers, others []hint
	dirs := f.glob("/proc/[0-9]*")
	known := 0
	for _, dir := range dirs {
		if ctx.Err() != nil {
			break
		}
		p, ok := f.read(dir)
		if !ok {
			continue
		}
		h, ok := f.hint(&p)
		if !ok {
			continue
		}
		known++
		why := f.distrust(&p, &h)
		switch {
		case why != "":
			f.stranger(&h, why)
			why = "not trusted: " + why
		case h.client:
			servers = append(servers, h)
		default:
			others = append(others, h)
		}
		f.looked.add(f.path(dir), or(why, filepath.Base(p.args[0])+fmt.Sprintf(", run by uid %d", p.uid)))
	}
	if len(dirs) > 0 {
		f.looked.add(f.path("/proc"), fmt.Sprintf("%d processes, of which %d are an etcd, an API server or a distribution that runs them", len(dirs), known))
	}
	return append(servers, others...)
}

// read reads a process. ok is false for one that is of no interest, or gave way to another meanwhile.
func (f *finder) read(dir string) (p process, ok bool) {
	p.dir = dir
	began := f.began(dir)
	if p.args = argsOf([]byte(f.moves(string(f.proc(dir, "cmdline"))))); p.args == nil {
		return p, false
	}
	if filepath.Base(p.args[0]) == "etcd" {
		p.env = etcdOnly(f.proc(dir, "environ"))
	}
	p.uid, p.fault = f.runner(dir)
	return p, f.began(dir) == began
}

// etcdOnly returns the variables of etcd: what else a process has in its environment is not kept.
func etcdOnly(environ []byte) (out []string) {
	for _, e := range strings.Split(string(environ), "\x00") {
		if strings.HasPrefix(e, "ETCD_") {
			out = append(out, e)
		}
	}
	return out
}

// argsOf reads the command line of a process; nil for one that is of no interest.
func argsOf(cmdline []byte) []string {
	args := strings.Split(string(bytes.TrimRight(cmdline, "\x00")), "\x00")
	if len(args) == 1 {
		args = strings.Fields(args[0])
	}
	if len(args) == 0 || !slices.Contains([]string{"etcd", "kube-apiserver", "hyperkube", "kubelite", "k3s", "rke2", "k0s"}, filepath.Base(args[0])) {
		return nil
	}
	return args
}

// proc reads a file of a process; nil where it cannot be read.
func (f *finder) proc(dir, name string) []byte {
	text, _ := regular.Read(f.path(dir+"/"+name), maxProc)
	return text
}

// began returns when a process began, in ticks: a number that is given again belongs to another one then.
func (f *finder) began(dir string) string { return beganOf(f.proc(dir, "stat")) }

func beganOf(stat []byte) string {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]) // the name before it may hold anything
	if len(fields) < 20 {
		return ""
	}
	return string(fields[19])
}

// runner returns who runs a process. A set-uid program is run by two, of which one has chosen its arguments.
func (f *finder) runner(dir string) (uid uint32, fault string) {
	if uid, fault, ok := uidsOf(f.proc(dir, "status")); ok {
		return uid, fault
	}
	uid, ok := f.owner(f.path(dir))
	if !ok {
		return 0, "who runs it is not known"
	}
	return uid, ""
}

// uidsOf reads the users in the status of a process; ok is false where it names none.
func uidsOf(status []byte) (uid uint32, fault string, ok bool) {
	for line := range bytes.Lines(status) {
		ids, ok := bytes.CutPrefix(line, []byte("Uid:"))
		if !ok {
			continue
		}
		all := strings.Fields(string(ids))
		if len(all) == 0 {
			continue
		}
		for _, id := range all {
			n, err := strconv.ParseUint(id, 10, 32)
			if err != nil || id != all[0] {
				return 0, "it runs as another user than that who started it (uids " + strings.Join(all, ", ") + ")", true
			}
			uid = uint32(n)
		}
		return uid, "", true
	}
	return 0, "", false
}

// hint is what a process says of an etcd.
func (f *finder) hint(p *process) (hint, bool) {
	return p.hint(func(path string) string { return f.inside(p, path) }, func(path string) []byte {
		at := f.inside(p, path)
		text, fault, result := f.readSettings(at)
		if f.looked.add(at, result); fault != "" {
			return nil
		}
		return []byte(f.moves(string(text)))
	})
}

// hint reads the arguments and the variables. where turns a path that they name into one that can be opened; read reads a
// file that they name.
func (p *process) hint(where func(string) string, read func(string) []byte) (hint, bool) {
	name := filepath.Base(p.args[0])
	from := fmt.Sprintf("process %s (pid %s)", name, filepath.Base(p.dir))
	fl := argFlags(p.args[1:])
	switch name {
	case "etcd":
		fl = p.etcd(fl, read)
	case "k3s", "rke2", "k0s":
		h, ok := hintOf(passedOn(p.args[1:]), from, where)
		h.distro, h.from = name, from
		if a := namedAudit([]byte(strings.Join(p.args, "\n"))); a != "" && a != "-" {
			h.audit = where(a)
		}
		return h, ok || len(p.args) > 1 && (p.args[1] == "server" || p.args[1] == "controller")
	}
	if config := fl["openshift-config"]; config != "" {
		for k, v := range openshiftFlags(nil, config, read(config)) {
			fl.set(k, v)
		}
	}
	h, ok := hintOf(fl, from, where)
	h.distro = or(h.distro, "etcd")
	return h, ok && !h.part()
}

// etcd completes the flags of an etcd: its configuration counts alone, its variables where no flag is given.
func (p *process) etcd(fl flags, read func(string) []byte) flags {
	envFlags(p.env, fl)
	if config := fl["config-file"]; config != "" {
		if of := etcdFlags(nil, config, read(config)); len(of) > 0 {
			return of
		}
		return fl
	}
	fl.set("listen-client-urls", "http://127.0.0.1:2379")
	fl.set("data-dir", or(fl["name"], "default")+".etcd")
	return fl
}

// inside returns where a path that a process names can be opened: as it is, or where the node has it, or else through the process's own
// root, if that is a container's. Only root's own are looked for there: who is root in a container only, mounts there what he likes.
func (f *finder) inside(p *process, path string) string {
	if !filepath.IsAbs(path) {
		cwd, err := os.Readlink(filepath.Join(f.path(p.dir), "cwd"))
		if err != nil || !filepath.IsAbs(cwd) {
			return ""
		}
		path = filepath.Join(cwd, path)
	}
	if rest, ok := strings.CutPrefix(path, "/rootfs"); ok && f.exists(rest) { // kOps runs etcd in a container that sees the node there
		path = rest
	}
	here := f.path(path)
	if p.uid != 0 && p.uid != f.self || p.fault != "" {
		return here
	}
	root := f.path(p.dir + "/root")
	if isProc(f.path(p.dir)) {
		root = filepath.Join(f.path(p.dir), "root") // the kernel's own link, which no text leads out of
	}
	own, err := resolve(root, path)
	if err != nil {
		return here
	}
	there, err := os.Stat(own)
	if err != nil {
		return here
	}
	if st, err := os.Stat(here); err == nil && os.SameFile(st, there) {
		return here
	}
	return f.byMounts(p, own, strings.TrimPrefix(own, root), there)
}

// byMounts returns where the node has a file or folder of a container, of a volume that is mounted into it; own, the path through the
// container's root, where it has it nowhere else.
func (f *finder) byMounts(p *process, own, path string, there os.FileInfo) string {
	text, _ := regular.Read(f.path("/proc/self/mountinfo"), maxMounts)
	node := mountTable(string(text))
	for _, at := range outside(mountTable(string(f.proc(p.dir, "mountinfo"))), node, path) {
		if st, err := os.Stat(f.path(at)); err == nil && os.SameFile(st, there) {
			return f.path(at)
		}
	}
	return own
}
