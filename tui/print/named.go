package print

import (
	"errors"
	"io/fs"
	"os"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/tui/config"
)

// config returns the user's settings; they are read once.
func (a *app) config() (*config.Config, error) {
	if a.settings == nil && a.settingsErr == nil {
		a.settings = &config.Config{}
		if a.funcs.Config != nil {
			a.settings, a.settingsErr = a.funcs.Config()
		}
	}
	if a.settingsErr != nil {
		return nil, usage("%s", clean.Error(a.settingsErr))
	}
	return a.settings, nil
}

// theme is the theme that was asked for: by the flag, else by the settings as far as they can be read.
func (a *app) theme() string {
	if c, err := a.config(); err == nil {
		return c.Look(a.flags.theme, os.Environ())
	}
	return a.flags.theme
}

// named makes options of a cluster that the settings name: with --name where nothing else says what to open, or in
// place of a path where there is no such file. Flags win over the settings. A name is only a label where a flag gives
// an endpoint or a path, or where the settings name no clusters; else it must be one of theirs, also where the
// environment has endpoints. Settings that cannot be read end
// what needs them, and everything where the user has named their file; else they are left out with a warning.
func (a *app) named(o OpenOptions) (OpenOptions, error) {
	if err := checkLive(&o); err != nil {
		return o, err
	}
	byName := o.Live.Name != "" && o.Path == "" && !o.Demo && len(o.Live.Endpoints) == 0
	c, err := a.config()
	if err != nil {
		return o, a.without(err, byName)
	}
	if !byName && o.Path == "" {
		return o, nil
	}
	name := o.Live.Name
	if !byName {
		name = o.Path
		if exists(name) {
			return o, nil
		}
	}
	k, ok := c.Clusters[name]
	switch {
	case ok && byName && o.Root != "": // what is found there has the name as its label
		return o, nil
	case ok:
	case byName && len(c.Clusters) > 0:
		return o, usage("open cluster %s: the settings name no such cluster; %s (with --endpoints the name is only a label)",
			clean.Key([]byte(name)), clean.Text(config.Nearest(name, c.Names())))
	default:
		return o, nil
	}
	if !byName {
		o.Live = Live{ReadRate: o.Live.ReadRate, Serializable: o.Live.Serializable, Password: o.Live.Password}
	}
	o.Path, o.Live.Name = "", name
	o.fill(&k)
	return o, nil
}

// without is what becomes of settings that cannot be read: nil, and one warning, where they are not needed.
func (a *app) without(err error, needed bool) error {
	if needed || os.Getenv(config.PathEnv) != "" || errors.Is(a.settingsErr, fs.ErrNotExist) {
		return err
	}
	if !a.unset {
		a.unset = true
		a.warn("%s; the settings are not used", clean.Error(a.settingsErr))
	}
	return nil
}

// endpointsEnv gives endpoints as --endpoints does.
const endpointsEnv = "ETCDCTL_ENDPOINTS"

// fill takes what was not given from the settings of a cluster.
func (o *OpenOptions) fill(k *config.Cluster) {
	l := &o.Live
	l.Endpoints = k.Endpoints
	for _, f := range []struct{ to, from *string }{
		{&l.CACert, &k.CACert}, {&l.Cert, &k.Cert}, {&l.Key, &k.Key}, {&l.User, &k.User}, {&o.EncryptionConfig, &k.EncryptionConfig},
	} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
	if len(o.AuditLogs) == 0 {
		o.AuditLogs = k.AuditLogs
	}
	if l.DialTimeout == 0 {
		l.DialTimeout = k.DialTimeout
	}
	if l.CommandTimeout == 0 {
		l.CommandTimeout = k.CommandTimeout
	}
	if l.ReadRate == 0 {
		l.ReadRate = k.ReadRate
	}
	l.InsecureSkipVerify = l.InsecureSkipVerify || k.InsecureSkipVerify
	l.Serializable = l.Serializable || k.Serializable
}
