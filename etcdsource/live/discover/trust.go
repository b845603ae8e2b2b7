package discover

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/etcdscope/etcdscope/decode/aliases"
	"github.com/etcdscope/etcdscope/etcdsource/regular"
)

// Anybody can start a process that is called etcd and says where it listens. So what a process says counts only where
// root, or we ourselves, run it, or the owner of what only that etcd can own: its data directory, the API server's key.
//
//	process ─► real, effective, saved user the same? ─► root, or ours ──────────────────► trusted
//	                                                 └► owner of its data directory ────► trusted; RunBy names him
//	                                                 └► else ───────────────────────────► listed, never used

// maxStrangers is how many processes and files that are not trusted are listed.
const maxStrangers = 32

// nobody is the user to which a user namespace maps all users that it does not know.
const nobody = 65534

// ownerOf returns who owns what is at a path, links followed.
func ownerOf(path string) (uint32, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, false
	}
	return uidOf(info)
}

func uidOf(info fs.FileInfo) (uint32, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return st.Uid, true
}

// unmapped reports whether a user means many: in a user namespace all that it does not know look the same.
func (f *finder) unmapped(uid uint32) bool {
	if uid != nobody {
		return false
	}
	ids, err := os.ReadFile("/proc/self/uid_map")
	fields := strings.Fields(string(ids))
	return err == nil && (len(fields) != 3 || fields[2] != "4294967295")
}

// distrust says why a process is not believed, "" where it is. h.runBy is set where that is neither root nor we.
func (f *finder) distrust(p *process, h *hint) string {
	if p.fault != "" {
		return p.fault
	}
	if p.uid == 0 || p.uid == f.self {
		return ""
	}
	who := fmt.Sprintf("it is run by uid %d", p.uid)
	if f.unmapped(p.uid) {
		return "it is run by a user that is not known in this user namespace"
	}
	if h.client {
		if uid, ok := f.owner(h.key); h.key != "" && ok && uid == p.uid && f.granted(h.key) {
			return ""
		}
		return who + ", not by root"
	}
	if h.dataDir == "" {
		return who + ", not by root, and names no data directory that is his"
	}
	uid, ok := f.owner(h.dataDir)
	switch {
	case !ok:
		return who + ", not by root, and its data directory " + h.dataDir + " is not there"
	case uid != p.uid:
		return fmt.Sprintf("%s, neither root nor the owner of its data directory %s (uid %d)", who, h.dataDir, uid)
	}
	for _, file := range []string{h.ca, h.cert, h.key} {
		if uid, ok := f.owner(file); file != "" && ok && uid != 0 && uid != p.uid && uid != f.self {
			return fmt.Sprintf("%s, and names %s, which belongs to uid %d", who, file, uid)
		}
	}
	if !f.granted(h.dataDir) {
		h.runBy = fmt.Sprintf("uid %d", p.uid)
	}
	return ""
}

// homes are folders in which root makes one for each user.
var homes = []string{"/home/", "/Users/", "/run/user/", "/var/run/user/"}

// granted reports whether only root, or we, can have put something where it is: nobody else may write to the folders
// above it, and it is nobody's home.
func (f *finder) granted(path string) bool {
	inside := "/" + strings.TrimPrefix(strings.TrimPrefix(path, f.root), "/")
	for _, h := range homes {
		if strings.HasPrefix(inside+"/", h) {
			return false
		}
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || info.Mode()&0o022 != 0 {
			return false
		}
		if uid, ok := f.owner(dir); !ok || uid != 0 && uid != f.self {
			return false
		}
		if dir == f.root || dir == "/" {
			return true
		}
	}
}

// settings reads a file that says where etcd is, of at most regular.MaxConfig bytes. fault says why it is not believed:
// others than root could have written it. What cannot be read has neither: it may be read with sudo; what is known without
// it is tried.
func (f *finder) settings(path string) (text []byte, fault string) {
	at := f.path(path)
	if at == "" {
		return nil, ""
	}
	text, fault, result := f.readSettings(at)
	f.looked.add(at, result)
	if text == nil {
		return nil, fault
	}
	return []byte(f.moves(string(text))), fault
}

// readSettings reads one file of settings, and says in words how that went.
func (f *finder) readSettings(at string) (text []byte, fault, result string) {
	info, err := os.Stat(at)
	if err != nil {
		return nil, "", missing(err)
	}
	switch uid, ok := f.owner(at); {
	case !ok || uid != 0 && uid != f.self && uid != f.tree:
		fault = fmt.Sprintf("it belongs to uid %d, not to root", uid)
	case info.Mode().IsRegular() && info.Mode()&0o002 != 0:
		fault = "everyone may write to it"
	}
	if fault != "" {
		return nil, fault, "not trusted: " + fault
	}
	if text, err = regular.Read(at, regular.MaxConfig); err != nil {
		return nil, "", missing(err)
	}
	if aliases.Check(text) != nil {
		return text, "", "read, but not as YAML: " + aliases.Err.Error()
	}
	return text, "", "read"
}

// missing says why a file could not be read.
func missing(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return notThere
	}
	return regular.Fault(err)
}

// stranger lists what is not believed.
func (f *finder) stranger(h *hint, why string) {
	if len(f.strangers) < maxStrangers {
		f.strangers = append(f.strangers, Candidate{Distribution: h.distro, Endpoints: plainOnly(h.endpoints), Name: h.name, From: h.from, Why: "not trusted: " + why})
	}
}

// plainOnly drops the endpoints that carry a user or a password, and bounds the others: they are listed.
func plainOnly(endpoints []string) (out []string) {
	for _, ep := range endpoints {
		if (strings.HasPrefix(ep, "unix") || !strings.Contains(ep, "@")) && len(ep) <= 300 && len(out) < 16 {
			out = append(out, ep)
		}
	}
	return out
}
