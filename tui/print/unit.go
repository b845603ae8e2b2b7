package print

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// deployment is a schedule that something else starts: systemd or Kubernetes. No credential is part of it.
type deployment struct {
	program string   // absolute path
	flags   []string // of the connection, without user and password
	place   string   // a folder, absolute, or s3://bucket/prefix
	bucket  bool
	o       etcdsource.ScheduleOptions
	again   *scheduleFlags
	more    []string // other flags of the command, as given
	finds   bool     // nothing says where the etcd is: it is found on the node
	user    bool     // a user or a password was given, and is not printed
	tls     bool     // files of certificates were given
}

func (a *app) deployment(place string, o etcdsource.ScheduleOptions, f *scheduleFlags) (d deployment, err error) {
	if o.Every == 0 {
		return d, usage("print how to run it on a schedule: give --every 6h, or the like, too")
	}
	if a.flags.from != "" || a.flags.demo {
		return d, usage("print how to run it on a schedule: that is for a running cluster; leave out --from and --demo")
	}
	if _, err := f.store.place(place); err != nil {
		return d, err
	}
	if f.store.endpoint != "" {
		if _, _, err := etcdsource.StoreAddress(f.store.endpoint, f.store.insecureHTTP); err != nil {
			return d, usage("print how to run it on a schedule: %s", err.Error())
		}
	}
	d = deployment{place: place, bucket: etcdsource.IsBucket(place), o: o, again: f, more: f.store.given()}
	if d.program, err = os.Executable(); err != nil {
		d.program = "/usr/local/bin/etcdscope"
	}
	if !d.bucket {
		if d.place, err = filepath.Abs(place); err != nil {
			return d, err
		}
	}
	open, err := a.named(a.flags.openOptions())
	if err != nil {
		return d, err
	}
	d.connection(&open.Live, a.flags.etcd)
	for _, s := range append([]string{d.program, d.place}, append(d.flags, d.more...)...) {
		if strings.ContainsFunc(s, unicode.IsControl) {
			return d, usage("print how to run it on a schedule: %s holds a control character", clean.Key([]byte(s)))
		}
	}
	return d, nil
}

// connection takes what is given of the connection, without what is secret. etcd is the name of one of several on a node.
func (d *deployment) connection(l *Live, etcd string) {
	d.user, d.tls = l.User != "" || l.Password != "", l.CACert != "" || l.Cert != "" || l.Key != ""
	for _, p := range []struct{ flag, value string }{{"endpoints", strings.Join(l.Endpoints, ",")}, {"cacert", l.CACert}, {"cert", l.Cert}, {"key", l.Key}, {"etcd", etcd}} {
		if abs, err := filepath.Abs(p.value); err == nil && contains("cacert cert key", p.flag) && p.value != "" {
			p.value = abs
		}
		if p.value != "" {
			d.flags = append(d.flags, "--"+p.flag+"="+p.value)
		}
	}
	for _, p := range []struct {
		flag  string
		given bool
	}{{"--insecure-skip-tls-verify", l.InsecureSkipVerify}, {"--serializable", l.Serializable}, {fmt.Sprintf("--dial-timeout=%s", l.DialTimeout), l.DialTimeout > 0},
		{fmt.Sprintf("--command-timeout=%s", l.CommandTimeout), l.CommandTimeout > 0}, {fmt.Sprintf("--read-rate=%g", l.ReadRate), l.ReadRate > 0}} {
		if p.given {
			d.flags = append(d.flags, p.flag)
		}
	}
	d.finds = len(l.Endpoints) == 0
}

// args are the command's. What starts it at its times says how often it does; deltas need one process that stays.
func (d *deployment) args() []string {
	args := append([]string{"snapshot", "save"}, d.flags...)
	args = append(args, "--every="+d.again.every)
	if d.o.Delta > 0 {
		args = append(args, "--delta="+d.again.delta)
	} else {
		args = append(args, "--once")
	}
	for _, k := range []struct {
		flag string
		n    int
	}{{"keep", d.o.Keep.Last}, {"keep-daily", d.o.Keep.Daily}, {"keep-weekly", d.o.Keep.Weekly}} {
		if k.n > 0 {
			args = append(args, fmt.Sprintf("--%s=%d", k.flag, k.n))
		}
	}
	return append(append(args, d.more...), d.place)
}

// warnings are what would not work where it is started. A unit has a /tmp of its own, and a pod an address 127.0.0.1.
func (d *deployment) warnings(unit bool) (list []string) {
	if d.user {
		to := map[bool]string{true: "the file /etc/etcdscope/backup.env", false: "the Secret etcdscope-backup"}[unit]
		list = append(list, "no user and no password is printed: put them into "+to+", as ETCDCTL_USER and ETCDCTL_PASSWORD")
	}
	if !unit && d.tls {
		list = append(list, "the pod does not see files of this machine: put those of --cacert, --cert and --key into the Secret etcdscope-backup-tls, as ca.crt, tls.crt and tls.key")
	}
	if !unit {
		for _, f := range d.flags {
			if value, ok := strings.CutPrefix(f, "--endpoints="); ok && loopback(value) {
				list = append(list, "in a pod that address is the pod itself: give --endpoints that a pod reaches, not "+clean.Key([]byte(value)))
			}
		}
		return list
	}
	if st, err := os.Stat(d.place); !d.bucket && (err != nil || !st.IsDir()) {
		list = append(list, "there is no folder "+clean.Key([]byte(d.place))+" here: where the service is to run, it must be there before it starts: mkdir -p -m 0700")
	}
	for _, w := range append([]string{d.program, d.place}, d.flags...) {
		_, value, flag := strings.Cut(w, "=")
		if !flag {
			value = w
		}
		if strings.HasPrefix(value, "/tmp/") || strings.HasPrefix(value, "/var/tmp/") {
			list = append(list, "the service has a /tmp and a /var/tmp of its own and does not see "+clean.Key([]byte(value))+": put it elsewhere, and print the unit again")
		}
	}
	return list
}

// loopback reports whether one of some endpoints is on the machine itself.
func loopback(endpoints string) bool {
	for e := range strings.SplitSeq(endpoints, ",") {
		host := e
		if u, err := url.Parse(e); err == nil && u.Host != "" {
			host = u.Hostname()
		} else if h, _, err := net.SplitHostPort(e); err == nil {
			host = h
		}
		if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
			return true
		}
	}
	return false
}

// systemd quotes a word for a unit, except for a command line.
func systemd(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%").Replace(s)
	if strings.ContainsAny(s, " ';\"") || s == "" {
		return `"` + s + `"`
	}
	return s
}

// hardening is what a service may do: read what root may read, write into one folder, talk to the network.
const hardening = `
# It reads keys and certificates as root, and may do nothing else that root may.
CapabilityBoundingSet=CAP_DAC_READ_SEARCH
AmbientCapabilities=
NoNewPrivileges=yes
UMask=0077
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
PrivateMounts=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources @obsolete
SystemCallErrorNumber=EPERM
KeyringMode=private
LimitCORE=0
OOMScoreAdjust=500
Nice=10
# Behind etcd, but not idle: on a busy disk an idle writer would not finish within the five minutes that a stream may take.
IOSchedulingClass=best-effort
IOSchedulingPriority=7
StateDirectory=etcdscope
StateDirectoryMode=0700
Environment=XDG_STATE_HOME=%S
`

// unit is a service of systemd, and the timer that starts it.
func (d *deployment) unit() string {
	var b strings.Builder
	b.WriteString(`# /etc/systemd/system/etcdscope-backup.service
#
# What is secret is in /etc/etcdscope/backup.env (owner root, mode 0600), and nowhere here: ETCDCTL_USER and ETCDCTL_PASSWORD where
# the etcd asks for them, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for a bucket. ETCDCTL_ENDPOINTS and the like may be there too.
[Unit]
Description=Verified backups of etcd into ` + strings.ReplaceAll(d.place, "%", "%%") + `
Wants=network-online.target
After=network-online.target
`)
	if !d.bucket {
		fmt.Fprintf(&b, "RequiresMountsFor=%s\n", systemd(d.place))
	}
	b.WriteString("\n[Service]\n")
	if d.o.Delta > 0 {
		b.WriteString("Type=exec\nRestart=on-failure\nRestartSec=1min\n")
	} else {
		b.WriteString("Type=oneshot\nTimeoutStartSec=2h\n")
	}
	var words []string
	for _, w := range append([]string{d.program}, d.args()...) {
		words = append(words, strings.ReplaceAll(systemd(w), "$", "$$")) // only there it begins the name of a variable
	}
	fmt.Fprintf(&b, "EnvironmentFile=-/etc/etcdscope/backup.env\nExecStart=%s\n%s", strings.Join(words, " "), hardening)
	if d.bucket {
		b.WriteString("# Backups are made there before they are uploaded: /tmp may be in memory.\nEnvironment=TMPDIR=/var/tmp\n")
	} else {
		fmt.Fprintf(&b, "ReadWritePaths=%s\n", systemd(d.place))
	}
	if !d.finds {
		b.WriteString("ProtectProc=invisible\nProcSubset=pid\n")
	}
	if d.o.Delta > 0 {
		return b.String() + "\n[Install]\nWantedBy=multi-user.target\n\n# No timer: with --delta the service watches the etcd all the time.\n" +
			"# systemctl daemon-reload && systemctl enable --now etcdscope-backup.service\n"
	}
	b.WriteString("\n# /etc/systemd/system/etcdscope-backup.timer\n[Unit]\nDescription=Verified backups of etcd, every " + d.again.every + "\n\n[Timer]\n" + calendar(d.o.Every) +
		"\n[Install]\nWantedBy=timers.target\n\n# systemctl daemon-reload && systemctl enable --now etcdscope-backup.timer\n")
	return b.String()
}

// calendar says when a timer fires.
func calendar(every time.Duration) string {
	late := fmt.Sprintf("RandomizedDelaySec=%d\nAccuracySec=1s\n", int(min(every/20, 5*time.Minute).Seconds()))
	day := 24 * time.Hour
	switch {
	case every == day:
		return "OnCalendar=*-*-* 02:00:00\nPersistent=true\n" + late
	case every%time.Hour == 0 && day%every == 0:
		return fmt.Sprintf("OnCalendar=*-*-* 00/%d:00:00\nPersistent=true\n%s", int(every.Hours()), late)
	case every%time.Minute == 0 && time.Hour%every == 0:
		return fmt.Sprintf("OnCalendar=*-*-* *:00/%d:00\nPersistent=true\n%s", int(every.Minutes()), late)
	}
	return fmt.Sprintf("OnBootSec=5min\nOnUnitActiveSec=%ds\n%s", int(every.Seconds()), late)
}
