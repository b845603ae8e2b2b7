package discover

import (
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// hint is what a process or a manifest says of an etcd. Paths are those that can be opened.
type hint struct {
	distro    string
	from      string
	endpoints []string
	ca        string
	cert, key string
	prefix    string
	encrypt   string
	dataDir   string
	audit     string
	runBy     string
	client    bool // the certificate is a client's: the API server's own
}

// flags are the arguments of a process, or the variables that stand for them.
type flags map[string]string

// argument matches --name=value in a manifest, whatever it is written in.
var argument = regexp.MustCompile(`--([a-z][a-z0-9-]*)=([^\s"',]+(?:,[^\s"',]+)*)`)

func flagsOf(text []byte) flags {
	out := flags{}
	for _, m := range argument.FindAllSubmatch(text, -1) {
		if _, ok := out[string(m[1])]; !ok {
			out[string(m[1])] = string(m[2])
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
		if flag, ok := strings.CutPrefix(name, "ETCD_"); ok && value != "" {
			flag = strings.ToLower(strings.ReplaceAll(flag, "_", "-"))
			if _, seen := into[flag]; !seen {
				into[flag] = strings.Trim(value, `"'`)
			}
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
		h.prefix, h.encrypt = fl["etcd-prefix"], get("encryption-provider-config")
		if p := fl["audit-log-path"]; p != "" && p != "-" {
			h.audit = where(p)
		}
	case fl["listen-client-urls"] != "" || fl["advertise-client-urls"] != "" || fl["data-dir"] != "" && fl["initial-cluster"] != "":
		h.endpoints = reachable(fl["listen-client-urls"], fl["advertise-client-urls"])
		h.ca, h.cert, h.key = get("trusted-ca-file"), get("cert-file"), get("key-file")
		h.dataDir = get("data-dir")
	case strings.Contains(fl["config-file"], "/server/db/etcd/config"):
		get("config-file")
		h.dataDir = where(filepath.Dir(fl["config-file"]))
	default:
		return h, false
	}
	h.distro = distroOf(names...)
	h.endpoints = slices.DeleteFunc(h.endpoints, func(ep string) bool { return strings.Contains(ep, "$") })
	return h, true
}

// reachable returns the addresses in an order to try: the loopback first, then what listens, then what is advertised.
func reachable(listen, advertise string) []string {
	var loop, rest []string
	for _, u := range strings.Split(listen+","+advertise, ",") {
		scheme, addr, ok := strings.Cut(u, "://")
		if !ok {
			continue
		}
		if host, port, err := net.SplitHostPort(addr); err == nil && (host == "0.0.0.0" || host == "::" || host == "") {
			u = scheme + "://" + net.JoinHostPort("127.0.0.1", port)
		}
		switch {
		case strings.Contains(u, "://127.") || strings.Contains(u, "://localhost") || strings.Contains(u, "://[::1]"):
			loop = append(loop, u)
		default:
			rest = append(rest, u)
		}
	}
	// One address is enough: several would be taken for several members.
	for _, u := range append(loop, rest...) {
		return []string{u}
	}
	return nil
}

// manifests reads the static pods and the files of variables.
func (f *finder) manifests() []hint {
	var out []hint
	for _, d := range distros {
		for _, pattern := range d.manifests {
			for _, m := range f.glob(pattern) {
				text, fault := f.settings(m)
				if fault != "" {
					f.stranger(&hint{distro: d.name, from: "manifest " + f.path(m)}, fault)
				}
				seen := mountsOf(text)
				where := func(p string) string { return f.path(seen.node(p)) }
				if h, ok := hintOf(flagsOf(text), "manifest "+f.path(m), where); ok {
					h.distro = or(h.distro, d.name)
					out = append(out, h)
				}
			}
		}
		if d.env == "" {
			continue
		}
		text, fault := f.settings(d.env)
		if fault != "" {
			f.stranger(&hint{distro: d.name, from: "file " + f.path(d.env)}, fault)
		}
		if text != nil {
			fl := flags{}
			envFlags(strings.Split(string(text), "\n"), fl)
			if h, ok := hintOf(fl, "file "+f.path(d.env), f.path); ok {
				h.distro = d.name
				out = append(out, h)
			}
		}
	}
	return out
}

// fromHint makes candidates of what a process or a manifest says.
func (f *finder) fromHint(h hint) []Candidate {
	c := Candidate{Distribution: h.distro, Endpoints: h.endpoints, CAFile: h.ca, CertFile: h.cert, KeyFile: h.key,
		Prefix: h.prefix, EncryptionConfig: h.encrypt, DataDir: h.dataDir, AuditLog: h.audit, From: h.from, RunBy: h.runBy}
	var d *distro
	for i := range distros {
		if distros[i].name == h.distro && len(distros[i].pairs) > 0 {
			d = &distros[i]
			break
		}
	}
	if d == nil {
		return []Candidate{f.judge(c)}
	}
	if len(c.Endpoints) == 0 {
		c.Endpoints = []string{d.endpoint}
	}
	if h.client && c.CertFile != "" {
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
	return f.withPairs(c, d)
}
