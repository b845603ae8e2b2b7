package discover

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// hint is what a process, a manifest or a setting says of an etcd. Paths are those that can be opened.
type hint struct {
	distro    string
	name      string // of the etcd, where there are several
	from      string
	endpoints []string
	also      []string // other addresses of the same etcd
	ca        string
	cert, key string
	prefix    string
	encrypt   string
	dataDir   string
	walDir    string
	audit     string
	runBy     string
	client    bool // the certificate is a client's: the API server's own
	overrides []override
	resources []string // that the etcd keeps alone
}

// flags are the arguments of a process, or the variables and settings that stand for them.
type flags map[string]string

// set sets a flag that is not set yet.
func (fl flags) set(name, value string) {
	if _, ok := fl[name]; !ok && value != "" {
		fl[name] = value
	}
}

// argument matches --name=value in a manifest, whatever it is written in.
var argument = regexp.MustCompile(`--([a-z][a-z0-9-]*)=([^\s"',]+(?:,[^\s"',]+)*)`)

// flagsOf finds flags in a text that is a shell script, or has no form that is known. Lines that are comments are passed over.
func flagsOf(text []byte) flags {
	out := flags{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for _, m := range argument.FindAllStringSubmatch(line, -1) {
			out.set(m[1], m[2])
		}
	}
	return out
}

// argFlags reads the arguments of a process, --name=value and --name value.
func argFlags(args []string) flags {
	out := flags{}
	for i, a := range args {
		name, ok := strings.CutPrefix(a, "-")
		if !ok {
			continue
		}
		name = strings.TrimPrefix(name, "-")
		name, value, ok := strings.Cut(name, "=")
		if !ok && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
			value = args[i+1]
		}
		if _, seen := out[name]; !seen {
			out[name] = value
		}
	}
	return out
}

// envFlags reads ETCD_… variables as the flags that they stand for.
func envFlags(env []string, into flags) {
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		if flag, ok := strings.CutPrefix(name, "ETCD_"); ok {
			into.set(strings.ToLower(strings.ReplaceAll(flag, "_", "-")), strings.Trim(value, `"'`))
		}
	}
}

// hintOf makes a hint of the flags of an API server or of an etcd. where turns a path that the flags name into one
// that can be opened.
func hintOf(fl flags, from string, where func(string) string) (hint, bool) {
	h := hint{from: from}
	var names []string
	get := func(flag string) string {
		if v := fl[flag]; v != "" {
			names = append(names, v)
			return where(v)
		}
		return ""
	}
	switch {
	case fl["etcd-servers"] != "":
		h.client = true
		h.endpoints = strings.Split(fl["etcd-servers"], ",")
		h.ca, h.cert, h.key = get("etcd-cafile"), get("etcd-certfile"), get("etcd-keyfile")
		h.prefix = rooted(or(fl["etcd-prefix"], defaultPrefix))
		h.overrides = overrides(fl["etcd-servers-overrides"])
	case fl["listen-client-urls"] != "" || fl["advertise-client-urls"] != "" || fl["data-dir"] != "" && fl["initial-cluster"] != "":
		h.endpoints, h.also = reachable(fl["listen-client-urls"], fl["advertise-client-urls"])
		h.ca, h.cert, h.key = get("trusted-ca-file"), get("cert-file"), get("key-file")
	case strings.Contains(fl["config-file"], "/server/db/etcd/config"):
		get("config-file")
		fl.set("data-dir", filepath.Dir(fl["config-file"]))
	case fl["encryption-provider-config"] != "" || fl["audit-log-path"] != "" || fl["etcd-prefix"] != "":
		h.prefix = rooted(fl["etcd-prefix"])
	default:
		return h, false
	}
	h.dataDir, h.walDir, h.encrypt = get("data-dir"), get("wal-dir"), get("encryption-provider-config")
	if p := fl["audit-log-path"]; p != "" && p != "-" {
		h.audit = where(p)
	}
	h.distro = distroOf(names...)
	h.endpoints = slices.DeleteFunc(h.endpoints, func(ep string) bool { return ep == "" || strings.Contains(ep, "$") })
	for i, ep := range h.endpoints {
		if path, ok := strings.CutPrefix(ep, "unix://"); ok && strings.HasPrefix(path, "/") {
			h.endpoints[i] = "unix://" + where(path)
			h.distro = or(h.distro, distroOf(path))
		}
	}
	return h, true
}

// defaultPrefix is --etcd-prefix where it is not given.
const defaultPrefix = "/registry"

// rooted is a prefix as an API server uses it; "" stays so.
func rooted(prefix string) string {
	if prefix == "" {
		return ""
	}
	return "/" + strings.Trim(prefix, "/")
}

// reachable returns the address to try, and the others: the loopback first, then what listens, then what is advertised. One
// address is tried at a time: several would be taken for several members.
func reachable(listen, advertise string) (first, others []string) {
	var loop, rest []string
	for _, u := range strings.Split(listen+","+advertise, ",") {
		scheme, addr, ok := strings.Cut(u, "://")
		if !ok || scheme == "unixs" {
			continue
		}
		if host, port, err := net.SplitHostPort(addr); err == nil && (host == "0.0.0.0" || host == "::" || host == "") {
			u = scheme + "://" + net.JoinHostPort("127.0.0.1", port)
		}
		switch {
		case strings.Contains(u, "://127.") || strings.Contains(u, "://localhost") || strings.Contains(u, "://[::1]"):
			loop = append(loop, u)
		case !strings.Contains(u, "$"):
			rest = append(rest, u)
		}
	}
	var all []string
	for _, u := range append(loop, rest...) {
		if !slices.Contains(all, u) {
			all = append(all, u)
		}
	}
	return all[:min(len(all), 1)], all[min(len(all), 1):]
}

// maxAlso is how many other addresses of an etcd are named.
const maxAlso = 4

// also adds the addresses that a hint names, where it is clear that they are of the same etcd: one of them is already known as such.
// Who runs an etcd of his own adds none to another one.
func (c *Candidate) also(h *hint) {
	known, named := slices.Concat(c.Endpoints, c.Also), slices.Concat(h.endpoints, h.also)
	if h.runBy != "" && h.runBy != c.RunBy || !slices.ContainsFunc(named, func(ep string) bool { return slices.Contains(known, ep) }) {
		return
	}
	for _, ep := range named {
		if len(c.Also) < maxAlso && !strings.HasPrefix(ep, "unix") && !slices.Contains(known, ep) {
			c.Also, known = append(c.Also, ep), append(known, ep)
		}
	}
}

// fromHint makes candidates of what a process, a manifest or a setting says. One that names no etcd only completes others.
func (f *finder) fromHint(h hint) []Candidate {
	if h.part() {
		return nil
	}
	c := Candidate{Distribution: h.distro, Endpoints: h.endpoints, Also: slices.Clone(h.also[:min(len(h.also), maxAlso)]), CAFile: h.ca, CertFile: h.cert, KeyFile: h.key, Name: h.name, Resources: h.resources,
		Prefix: h.prefix, EncryptionConfig: h.encrypt, DataDir: h.dataDir, WALDir: h.walDir, AuditLog: h.audit, From: h.from, RunBy: h.runBy}
	d := distroNamed(h.distro)
	if d == nil {
		f.complete(&c)
		return []Candidate{f.judge(c)}
	}
	if len(c.Endpoints) == 0 {
		c.Endpoints = []string{d.endpoint}
	}
	if h.client && (c.CertFile != "" || strings.HasPrefix(c.Endpoints[0], "unix://")) {
		f.locate(&c, d)
		return []Candidate{f.judge(c)}
	}
	// What etcd itself uses is a server's: take the distribution's client certificates.
	c.CAFile = ""
	f.locate(&c, d)
	if !f.present(d) {
		c.CAFile = or(h.ca, c.CAFile)
		return []Candidate{f.judge(c)}
	}
	out := f.withPairs(c, d)
	if c.CertFile, c.KeyFile = h.cert, h.key; h.cert == "" || slices.ContainsFunc(out, func(c Candidate) bool { return c.Usable || c.CertFile == h.cert }) {
		return out
	}
	c.CAFile = or(h.ca, c.CAFile)
	if own := f.judge(c); own.Usable || !slices.ContainsFunc(out, func(c Candidate) bool { return there(c.CertFile) }) {
		return append([]Candidate{own}, out...) // the files of the distribution are elsewhere: etcd's own may do for a client too
	}
	return out
}

// there reports whether a file that can be opened exists.
func there(at string) bool {
	_, err := os.Stat(at)
	return err == nil
}

// part reports whether a hint says nothing of where an etcd is.
func (h *hint) part() bool {
	return len(h.endpoints) == 0 && h.dataDir == "" && h.cert == "" && !h.client && (h.audit != "" || h.encrypt != "" || h.prefix != "")
}

// about reports whether a hint is about the etcd of a candidate.
func (h *hint) about(c *Candidate) bool {
	return h.distro == c.Distribution && (h.name == c.Name || mainName(h.name) && mainName(c.Name))
}

// complete takes from other hints what one of them does not say: an API server knows the prefix, an etcd its data directory.
func (f *finder) complete(c *Candidate) {
	for i := range f.hints {
		h := &f.hints[i]
		if h.distro != c.Distribution {
			continue
		}
		if h.about(c) {
			c.DataDir, c.WALDir = or(c.DataDir, h.dataDir), or(c.WALDir, h.walDir)
			c.also(h)
		}
		c.Prefix, c.EncryptionConfig, c.AuditLog = or(c.Prefix, h.prefix), or(c.EncryptionConfig, h.encrypt), or(c.AuditLog, h.audit)
	}
}
