package live

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Config says which etcd to open and how. The fields that etcdctl has as flags mean what they mean there. The zero
// value of every field is usable.
type Config struct {
	// Endpoints are addresses of one cluster: host:port, http://…, https://…, unix:///path. Without a scheme, TLS is
	// used when any of the certificate fields is set. Empty: 127.0.0.1:2379.
	Endpoints []string
	// CACert, Cert and Key are paths of PEM files. Without CACert the system's authorities are trusted.
	CACert, Cert, Key  string
	InsecureSkipVerify bool // do not check the server's certificate
	// User is a name, or name:password; what follows the colon counts only where Password is empty.
	User, Password string

	LogFile string // takes the logs of etcd's client; "": they go nowhere

	DialTimeout    time.Duration // for connecting and proving the connection; 0: 2 s
	CommandTimeout time.Duration // for each request, and for each message of a stream; 0: 5 s
	// Serializable reads from the connected member without asking the quorum, also where At does not say so.
	Serializable bool
	// Outage goes on without a quorum: a member that has no leader is opened too, and for as long as there is none, it is
	// read as with Serializable. A stream's Status says so.
	Outage bool
	// Learner opens a learner too, which answers little more than its Status.
	Learner bool
	// ReadRate is how many requests a second are sent in the long run, 400 at once; 0: 50, below 0: without bound.
	ReadRate float64
	// Name is the name for the header; empty: the host of the member that is read.
	Name string
	// Boundaries are path prefixes below a Kubernetes root ("pods/", "services/specs/", "example.com/widgets/"),
	// added to those that are built in. They only make servers before 3.7 quicker to list; what they leave out is found
	// all the same.
	Boundaries []string

	// Hurry is how soon a quiet watch is asked how far it has come, then after twice that, and so on up to the usual 2.5 s: a read
	// of the past that has found all of it ends then. 0: at the usual times only, which spares a server that is not ours.
	Hurry time.Duration

	// Beside returns more addresses that are asked with the members: those that this node's files name for members. It is called once,
	// before the first Probe asks; nil for none.
	Beside func(context.Context) []string

	tune tuning
}

// tuning is what only tests set.
type tuning struct {
	queueBytes int           // what may wait in a watch that is not read; 0: 64 MiB
	heartbeat  time.Duration // how often a quiet watch is asked for a sign of life; 0: 2.5 s; twice that is stale
	keepalive  time.Duration // how often an idle connection is pinged; 0: 10 s, the least that etcd likes
	noStream   bool          // behave as against a server before 3.7
	patience   time.Duration // how long a stream may trickle; 0: a minute
}

// wantsTLS reports whether endpoints without a scheme are reached by TLS.
func (c *Config) wantsTLS() bool {
	return c.CACert != "" || c.Cert != "" || c.Key != "" || c.InsecureSkipVerify
}

func (c Config) withDefaults() Config {
	if len(c.Endpoints) == 0 {
		c.Endpoints = []string{"127.0.0.1:2379"}
	}
	if c.DialTimeout <= 0 {
		c.DialTimeout = 2 * time.Second
	}
	if c.CommandTimeout <= 0 {
		c.CommandTimeout = 5 * time.Second
	}
	if c.ReadRate == 0 {
		c.ReadRate = 50
	}
	if c.tune.queueBytes <= 0 {
		c.tune.queueBytes = 64 << 20
	}
	if c.tune.heartbeat <= 0 {
		c.tune.heartbeat = 2500 * time.Millisecond
	}
	if c.tune.keepalive <= 0 {
		c.tune.keepalive = 10 * time.Second
	}
	if c.tune.patience <= 0 {
		c.tune.patience = time.Minute
	}
	return c.login()
}

// login takes the password out of the user, which is shown in errors.
func (c Config) login() Config {
	name, password, ok := strings.Cut(c.User, ":")
	if c.User = name; ok && c.Password == "" {
		c.Password = password
	}
	return c
}

// ConfigFromEnv fills in from etcdctl's environment what c leaves empty. get is os.Getenv. It fails on a value that
// cannot be read, naming the variable.
func ConfigFromEnv(c Config, get func(string) string) (Config, error) {
	if v := get("ETCDCTL_ENDPOINTS"); len(c.Endpoints) == 0 && v != "" {
		for ep := range strings.SplitSeq(v, ",") {
			if ep = strings.TrimSpace(ep); ep != "" {
				c.Endpoints = append(c.Endpoints, ep)
			}
		}
	}
	c = c.login() // a password that was given with the user wins over the environment's
	for name, p := range map[string]*string{
		"ETCDCTL_CACERT": &c.CACert, "ETCDCTL_CERT": &c.Cert, "ETCDCTL_KEY": &c.Key,
		"ETCDCTL_PASSWORD": &c.Password, "ETCDCTL_USER": &c.User,
	} {
		if *p == "" {
			*p = get(name)
		}
	}
	c = c.login()
	if v := get("ETCDCTL_INSECURE_SKIP_TLS_VERIFY"); v != "" && !c.InsecureSkipVerify {
		on, err := strconv.ParseBool(v)
		if err != nil {
			return c, fmt.Errorf("read ETCDCTL_INSECURE_SKIP_TLS_VERIFY: %q is neither true nor false", v)
		}
		c.InsecureSkipVerify = on
	}
	for name, p := range map[string]*time.Duration{
		"ETCDCTL_DIAL_TIMEOUT": &c.DialTimeout, "ETCDCTL_COMMAND_TIMEOUT": &c.CommandTimeout,
	} {
		v := get(name)
		if v == "" || *p != 0 {
			continue
		}
		d, err := time.ParseDuration(v)
		if err != nil {
			return c, fmt.Errorf("read %s: %q is no duration such as 5s", name, v)
		}
		*p = d
	}
	return c, nil
}
