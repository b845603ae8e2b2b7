package print

import (
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// flags are those that every command takes.
type flags struct {
	from, prefix     string
	demo             bool
	encryptionConfig string
	kms              bool
	auditLogs        []string
	root, etcd       string
	reveal           bool
	noVerify         bool
	walDir           string
	unpack           string
	maxUnpack        int64 // unpack as a number, in bytes
	format           string
	theme            string
	screen           screenFlags
	noColor          bool
	logFile          string
	live             Live
}

// screenFlags concern the screen program only.
type screenFlags struct {
	ascii, noMouse, noAnim bool
	snapshots              string // a folder
}

func (f *flags) define(c *cobra.Command) {
	p := c.PersistentFlags()
	l := &f.live
	p.StringSliceVar(&l.Endpoints, "endpoints", nil, "addresses of the cluster (ETCDCTL_ENDPOINTS)")
	p.StringVar(&l.CACert, "cacert", "", "certificate authority, a PEM file (ETCDCTL_CACERT)")
	p.StringVar(&l.Cert, "cert", "", "client certificate, a PEM file (ETCDCTL_CERT)")
	p.StringVar(&l.Key, "key", "", "its key, a PEM file (ETCDCTL_KEY)")
	p.StringVar(&l.User, "user", "", "user, or user:password (ETCDCTL_USER)")
	p.StringVar(&l.Password, "password", "", "password (ETCDCTL_PASSWORD)")
	p.BoolVar(&l.InsecureSkipVerify, "insecure-skip-tls-verify", false, "do not check the server's certificate (ETCDCTL_INSECURE_SKIP_TLS_VERIFY)")
	p.DurationVar(&l.DialTimeout, "dial-timeout", 0, "for connecting, 2s by default (ETCDCTL_DIAL_TIMEOUT)")
	p.DurationVar(&l.CommandTimeout, "command-timeout", 0, "for each request, 5s by default (ETCDCTL_COMMAND_TIMEOUT)")
	p.BoolVar(&l.Serializable, "serializable", false, "read without a quorum; may be stale")
	p.Float64Var(&l.ReadRate, "read-rate", 0, "requests a second, 50 by default, 400 at once")
	p.StringVar(&l.Name, "name", "", "name of the cluster: one from the settings, or one for the header")
	p.StringVar(&f.from, "from", "", "open a snapshot, the folder of a backup, or a data dir")
	p.BoolVar(&f.demo, "demo", false, "open the demo")
	p.StringVar(&f.prefix, "prefix", "", "of the Kubernetes keys; left out, the root with most of a cluster below it is found, and others are named")
	p.StringVar(&f.encryptionConfig, "encryption-config", "", "the API server's EncryptionConfiguration, to decrypt with")
	p.BoolVar(&f.kms, "kms", false, "ask the KMS plugin for the keys of encrypted values: at most 5 calls a second, one for each key; the configuration names its socket")
	p.StringArrayVar(&f.auditLogs, "audit-log", nil, "an API server's audit log, also as nodes, containers, journald and clouds export it: names people; may be repeated")
	p.StringVar(&f.root, "root", "", "a node's file tree, mounted elsewhere")
	p.StringVar(&f.etcd, "etcd", "", "of several etcds of this node, the one to open: a name that discover prints (events)")
	p.BoolVar(&f.reveal, "reveal", false, "print secret values")
	p.BoolVar(&f.noVerify, "no-verify", false, "open what can be read of a damaged file; what is wrong with it is said on stderr")
	p.StringVar(&f.walDir, "wal-dir", "", "the folder of the WAL of a member's data directory, where it is not member/wal in that: what etcd's --wal-dir says")
	p.StringVar(&f.unpack, "max-unpack", "", "unpack at most so much of a packed file, without asking (20G, 500M); left out: 4 GiB, and at most half of the free space")
	p.StringVarP(&f.format, "output", "o", "", "text, wide, name, json or yaml; get: also raw, hex, fields")
	p.StringVar(&f.theme, "theme", "", "dark, light, cvd, contrast, mono or console")
	p.BoolVar(&f.screen.ascii, "ascii", false, "draw with ASCII only")
	p.BoolVar(&f.screen.noMouse, "no-mouse", false, "leave the mouse to the terminal")
	p.BoolVar(&f.screen.noAnim, "no-anim", false, "no moving parts")
	p.StringVar(&f.screen.snapshots, "snapshots", "", "folder in which the screen saves and lists snapshots; left out: beside the file that is open, where k3s, RKE2 and OpenShift put them, or the current one")
	p.BoolVar(&f.noColor, "no-color", false, "no colours")
	p.StringVar(&f.logFile, "log-file", "", "where the logs of the etcd client go; nowhere by default")
}

func (f *flags) openOptions() OpenOptions {
	return OpenOptions{
		Path: f.from, Demo: f.demo, Live: f.live, Root: f.root, Etcd: f.etcd, NoVerify: f.noVerify, WALDir: f.walDir, MaxUnpack: f.maxUnpack,
		EncryptionConfig: f.encryptionConfig, KMS: f.kms, AuditLogs: f.auditLogs, LogFile: f.logFile,
	}
}

// checkUnpack reads how much may be unpacked.
func (f *flags) checkUnpack() (err error) {
	if f.unpack == "" {
		return nil
	}
	if f.maxUnpack, err = parseBytes(f.unpack); err != nil {
		return usage("read --max-unpack %s: it is no number of bytes; give one such as 20G or 500M", clean.Key([]byte(f.unpack)))
	}
	return nil
}

func isNumber(s string) bool {
	n, err := strconv.ParseInt(s, 10, 64)
	return err == nil && n > 0
}

// isTime reports whether a text is a duration or a time of RFC 3339.
func isTime(s string) bool {
	_, notDuration := time.ParseDuration(s)
	_, notTime := time.Parse(time.RFC3339, s)
	return notDuration == nil || notTime == nil
}
