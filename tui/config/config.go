// Package config reads the user's settings: how the screen looks, what keys mean, and names for clusters.
//
//	config.yaml ─► Load ─► Config ─┬─► Theme, ASCII, …   what a flag does not say
//	                               ├─► Keys              keymap.Rebind, once, at the start
//	                               ├─► Columns           of a folder's table
//	                               └─► Cluster(name)     --name prod, :open prod
//
// What always holds:
//   - A file that is not there is no error: everything has a default.
//   - A file is read strictly: what does not exist is refused with its line and what may have been meant, and so are
//     keys that clash.
//   - Flags win over the file; NO_COLOR and the Linux console win over the file's theme.
//   - Passwords do not belong into it; ETCDCTL_PASSWORD gives them.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v2"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/regular"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/theme"
)

// PathEnv names another file than the usual one.
const PathEnv = "ETCDSCOPE_CONFIG"

// Config is what the file says. The zero Config is no file.
type Config struct {
	Theme     string          `yaml:"theme"`
	ASCII     bool            `yaml:"ascii"`
	NoMouse   bool            `yaml:"noMouse"`
	NoAnim    bool            `yaml:"noAnim"`
	Keys      map[string]Keys `yaml:"keys"`
	Snapshots string          `yaml:"snapshots"` // folder in which the screen saves and lists snapshots
	// Columns are the columns of a resource's table on the screen, between its name and its age.
	Columns  map[string][]string `yaml:"columns"`
	Clusters map[string]Cluster  `yaml:"clusters"`
}

// Keys are the keys of an action: one, or a list.
type Keys []string

// UnmarshalYAML implements yaml.Unmarshaler.
func (k *Keys) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	if unmarshal(&one) == nil {
		*k = Keys{one}
		return nil
	}
	var list []string
	err := unmarshal(&list)
	*k = list
	return err
}

// Cluster is a named cluster, with etcdctl's words. Paths may begin with ~/; others are relative to the file's folder.
type Cluster struct {
	Endpoints          []string      `yaml:"endpoints"`
	CACert             string        `yaml:"cacert"`
	Cert               string        `yaml:"cert"`
	Key                string        `yaml:"key"`
	User               string        `yaml:"user"`
	InsecureSkipVerify bool          `yaml:"insecure-skip-tls-verify"`
	DialTimeout        time.Duration `yaml:"dial-timeout"`
	CommandTimeout     time.Duration `yaml:"command-timeout"`
	EncryptionConfig   string        `yaml:"encryption-config"`
	AuditLogs          []string      `yaml:"audit-log"`
	ReadRate           float64       `yaml:"read-rate"`
	Serializable       bool          `yaml:"serializable"`
}

// Path returns where the file is looked for, "" where there is no such place.
func Path() string {
	if p := os.Getenv(PathEnv); p != "" {
		return p
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "etcdscope", "config.yaml")
}

// Load reads a file of at most regular.MaxSettings bytes. One that is not there is an empty one.
func Load(path string) (*Config, error) {
	c := &Config{}
	if path == "" {
		return c, nil
	}
	b, err := regular.Read(path, regular.MaxSettings)
	if errors.Is(err, fs.ErrNotExist) && os.Getenv(PathEnv) != path {
		return c, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the configuration %s: %w: correct or unset %s, which names it", path, errMissing{}, PathEnv)
	}
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	if c, err = parse(b, filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("read the configuration %s: %s", path, brief(strings.ReplaceAll(err.Error(), "\n", "; ")))
	}
	return c, nil
}

// parse reads what a file in a folder says.
func parse(b []byte, dir string) (*Config, error) {
	c := &Config{}
	if err := yaml.UnmarshalStrict(b, c); err != nil {
		return nil, errors.New(plain(err))
	}
	return c, errors.Join(c.checkKeys(b), c.checkColumns(b), c.check(dir))
}

// maxSaid is how much is said of what is wrong, in bytes: a file can be wrong in every line, and quote long ones.
const maxSaid = 500

func brief(s string) string {
	if len(s) > maxSaid {
		s = strings.ToValidUTF8(s[:maxSaid], "") + " …"
	}
	return s
}

// errMissing is fs.ErrNotExist in plain words.
type errMissing struct{}

func (errMissing) Error() string        { return "there is no such file" }
func (errMissing) Is(target error) bool { return target == fs.ErrNotExist }

var unknownField = regexp.MustCompile(`line (\d+): field (\S+) not found in type (\S+)`)

// plain turns what the YAML reader says into one line for people.
func plain(err error) string {
	s := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "yaml: "), "unmarshal errors:")
	var lines []string
	for _, l := range strings.Split(s, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			if m := unknownField.FindStringSubmatch(l); m != nil {
				names := tags(Config{})
				if strings.HasSuffix(m[3], "Cluster") {
					names = tags(Cluster{})
				}
				l = "line " + m[1] + ": there is no setting " + m[2] + meant(m[2], names)
			}
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "; ")
}

// check holds the values against what there is, and makes the paths absolute.
func (c *Config) check(dir string) error {
	if c.Theme != "" && !slices.Contains(theme.Names(), c.Theme) {
		return fmt.Errorf("theme %q: there are %s", c.Theme, strings.Join(theme.Names(), ", "))
	}
	c.Snapshots = absolute(c.Snapshots, dir)
	for name, k := range c.Clusters {
		if len(k.Endpoints) == 0 {
			return fmt.Errorf("cluster %s: it has no endpoints", name)
		}
		for _, ep := range k.Endpoints {
			if err := etcdsource.CheckAddress(ep, "cluster "+name); err != nil {
				return err
			}
		}
		if r := k.ReadRate; !(r >= 0 && r <= math.MaxInt32) {
			return fmt.Errorf("cluster %s: read-rate %v is no number of requests a second", name, r)
		}
		for _, p := range []*string{&k.CACert, &k.Cert, &k.Key, &k.EncryptionConfig} {
			*p = absolute(*p, dir)
		}
		for i := range k.AuditLogs {
			k.AuditLogs[i] = absolute(k.AuditLogs[i], dir)
		}
		c.Clusters[name] = k
	}
	return nil
}

func absolute(path, dir string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// Rebind gives the keymap the file's keys.
func (c *Config) Rebind() error {
	keys := map[keymap.Action][]string{}
	for a, k := range c.Keys {
		keys[keymap.Action(a)] = k
	}
	if err := keymap.Rebind(keys); err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	return nil
}

// Look returns the theme for the environment: the flag's, else the file's where the terminal can show it.
func (c *Config) Look(flag string, environ []string) string {
	if t := theme.Look(environ, true); flag != "" || t.Console || t.NoColor && !t.ForceColor {
		return flag
	}
	return c.Theme
}

// Names returns the names of the clusters, in order.
func (c *Config) Names() []string { return sortedKeys(c.Clusters) }
