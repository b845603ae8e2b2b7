package discover

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/etcdscope/etcdscope/decode/aliases"
)

// Each of these reads a form of settings into the flags of etcd or of an API server that they stand for.

// tree reads YAML or JSON; false where it is none, or grows when it is read.
func tree(text []byte, into any) bool {
	return aliases.Check(text) == nil && yaml.Unmarshal(text, into) == nil
}

// podFlags reads the arguments of the containers of a static pod. What is no pod is searched as a text.
func podFlags(text []byte) flags {
	var pod struct {
		Spec struct {
			Containers []struct {
				Command, Args []string
				Env           []struct{ Name, Value string }
			}
		}
	}
	if !tree(text, &pod) || len(pod.Spec.Containers) == 0 {
		if aliases.Check(text) != nil {
			return flags{}
		}
		return flagsOf(text)
	}
	out := flags{}
	for _, c := range pod.Spec.Containers {
		args := append(c.Command, c.Args...)
		fl := argFlags(args)
		if slices.ContainsFunc(args, func(a string) bool { return strings.ContainsAny(a, "\n ") }) {
			fl = flagsOf([]byte(strings.Join(args, "\n")))
		}
		for _, e := range c.Env {
			envFlags([]string{e.Name + "=" + e.Value}, fl)
		}
		for name, value := range fl {
			out.set(name, value)
		}
	}
	return out
}

// texts turns a value of YAML into text: a list is joined by commas.
func texts(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		var all []string
		for _, x := range v {
			all = append(all, texts(x))
		}
		return strings.Join(all, ",")
	case bool, float64, int64, json.Number:
		return fmt.Sprint(v)
	}
	return ""
}

// etcdFlags reads the configuration of etcd (--config-file).
func etcdFlags(_ *finder, _ string, text []byte) flags {
	var all map[string]any
	out := flags{}
	if !tree(text, &all) {
		return out
	}
	for name, v := range all {
		out.set(name, texts(v))
	}
	if sec, ok := all["client-transport-security"].(map[string]any); ok {
		for _, name := range []string{"cert-file", "key-file", "trusted-ca-file"} {
			out.set(name, texts(sec[name]))
		}
	}
	return out
}

// openshiftFlags reads the configuration of OpenShift's API server.
func openshiftFlags(_ *finder, _ string, text []byte) flags {
	var c struct {
		APIServerArguments map[string]any `json:"apiServerArguments"`
		StorageConfig      struct {
			CA       string   `json:"ca"`
			CertFile string   `json:"certFile"`
			KeyFile  string   `json:"keyFile"`
			URLs     []string `json:"urls"`
			Prefix   string   `json:"storagePrefix"`
		} `json:"storageConfig"`
	}
	out := flags{}
	if !tree(text, &c) {
		return out
	}
	for name, v := range c.APIServerArguments {
		out.set(name, texts(v))
	}
	s := c.StorageConfig
	out.set("etcd-servers", strings.Join(s.URLs, ","))
	out.set("etcd-cafile", s.CA)
	out.set("etcd-certfile", s.CertFile)
	out.set("etcd-keyfile", s.KeyFile)
	out.set("etcd-prefix", s.Prefix)
	if out["etcd-servers"] != "" {
		out.set("etcd-prefix", "kubernetes.io")
	}
	return out
}

// k0sFlags reads the configuration of a k0s cluster.
func k0sFlags(_ *finder, _ string, text []byte) flags {
	var c struct {
		Spec struct {
			API struct {
				ExtraArgs map[string]any `json:"extraArgs"`
			} `json:"api"`
			Storage struct {
				Etcd struct {
					ExtraArgs       map[string]any `json:"extraArgs"`
					ExternalCluster struct {
						Endpoints      []string `json:"endpoints"`
						EtcdPrefix     string   `json:"etcdPrefix"`
						CAFile         string   `json:"caFile"`
						ClientCertFile string   `json:"clientCertFile"`
						ClientKeyFile  string   `json:"clientKeyFile"`
					} `json:"externalCluster"`
				} `json:"etcd"`
			} `json:"storage"`
		} `json:"spec"`
	}
	out := flags{}
	if !tree(text, &c) {
		return out
	}
	for _, args := range []map[string]any{c.Spec.API.ExtraArgs, c.Spec.Storage.Etcd.ExtraArgs} {
		for name, v := range args {
			out.set(name, texts(v))
		}
	}
	e := c.Spec.Storage.Etcd.ExternalCluster
	out.set("etcd-servers", strings.Join(e.Endpoints, ","))
	out.set("etcd-prefix", e.EtcdPrefix)
	out.set("etcd-cafile", e.CAFile)
	out.set("etcd-certfile", e.ClientCertFile)
	out.set("etcd-keyfile", e.ClientKeyFile)
	return out
}

// rancherFlags reads the configuration of k3s and RKE2: arguments that are passed on, and a datastore elsewhere.
func rancherFlags(_ *finder, _ string, text []byte) flags {
	var all map[string]any
	out := flags{}
	if !tree(text, &all) {
		return out
	}
	for name, v := range all {
		name = strings.TrimSuffix(name, "+")
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, x := range list {
			out.passed(name, texts(x))
		}
	}
	return out
}

// passed sets the flag that an argument of k3s, RKE2 or k0s passes on, or one that has the same effect.
func (fl flags) passed(name, value string) {
	switch name {
	case "kube-apiserver-arg", "etcd-arg":
		arg, v, _ := strings.Cut(strings.TrimLeft(value, "-"), "=")
		fl.set(arg, v)
	case "datastore-endpoint":
		if strings.HasPrefix(value, "http://") || strings.HasPrefix(value, "https://") { // others are databases, behind kine
			fl.set("etcd-servers", value)
		}
	case "datastore-cafile", "datastore-certfile", "datastore-keyfile":
		fl.set("etcd-"+strings.TrimPrefix(name, "datastore-"), value)
	}
}

// passedOn reads the arguments of k3s, RKE2 and k0s themselves.
func passedOn(args []string) flags {
	out := flags{}
	for i, a := range args {
		name, value, ok := strings.Cut(strings.TrimLeft(a, "-"), "=")
		if !strings.HasPrefix(a, "-") {
			continue
		}
		if !ok && i+1 < len(args) {
			value = args[i+1]
		}
		out.passed(name, value)
	}
	return out
}

// snapFlags reads the arguments that a snap keeps in a file, one a line.
func snapFlags(f *finder, path string, text []byte) flags {
	data := "/" + strings.Join(split(path)[:min(4, len(split(path)))], "/")
	common := filepath.Join(filepath.Dir(data), "common")
	expand := strings.NewReplacer("${SNAP_DATA}", data, "$SNAP_DATA", data, "${SNAP_COMMON}", common, "$SNAP_COMMON", common)
	var args []string
	for line := range bytes.Lines(text) {
		if l := strings.TrimSpace(string(line)); l != "" && l[0] != '#' {
			args = append(args, words(expand.Replace(l))...)
		}
	}
	out := argFlags(args)
	if filepath.Base(path) == "k8s-dqlite" {
		out = flags{}
	}
	return out
}

// envFile reads a file of variables: those of etcd, and those of etcdctl where they are written beside them.
func envFile(_ *finder, _ string, text []byte) flags {
	out := flags{}
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		if !ok {
			continue
		}
		value = strings.Trim(strings.TrimSpace(value), `"'`)
		switch name {
		case "ETCDCTL_ENDPOINTS":
			out.set("etcd-servers", value)
		case "ETCDCTL_CACERT", "ETCDCTL_CA_FILE":
			out.set("etcd-cafile", value)
		case "ETCDCTL_CERT", "ETCDCTL_CERT_FILE":
			out.set("etcd-certfile", value)
		case "ETCDCTL_KEY", "ETCDCTL_KEY_FILE":
			out.set("etcd-keyfile", value)
		default:
			envFlags([]string{name + "=" + value}, out)
		}
	}
	if out["etcd-certfile"] == "" || out["etcd-keyfile"] == "" { // they say how to talk to it only with a certificate
		delete(out, "etcd-servers")
	}
	return out
}

// dataDirIn returns the data directory that the settings or the unit of k3s, RKE2 or k0s name, "" where they name none.
func dataDirIn(text []byte) string {
	var all map[string]any
	if tree(text, &all) && all != nil {
		return texts(all["data-dir"])
	}
	for _, args := range unitCommands(text) {
		if fl := argFlags(args); fl["data-dir"] != "" {
			return fl["data-dir"]
		} else if fl["d"] != "" {
			return fl["d"]
		}
	}
	return ""
}
