package discover

import (
	"context"
	"path/filepath"
	"strings"
)

// files reads the static pods, and then the settings, of all distributions.
func (f *finder) files(ctx context.Context) (out []hint) {
	for i := range distros {
		for _, pattern := range distros[i].manifests {
			for _, m := range f.glob(pattern) {
				out = append(out, f.manifest(&distros[i], m)...)
			}
		}
	}
	for i := range distros {
		for _, s := range distros[i].settings {
			if ctx.Err() != nil {
				return out
			}
			found := f.glob(s.pattern)
			if strings.Contains(s.pattern, "-pod-*") { // revisions, of which the newest counts
				found = found[max(len(found)-1, 0):]
			}
			for _, p := range found {
				out = append(out, f.settingsHint(&distros[i], s, p)...)
			}
		}
	}
	return out
}

// manifest reads a static pod.
func (f *finder) manifest(d *distro, path string) []hint {
	text, fault := f.settings(path)
	from := "manifest " + f.path(path)
	if fault != "" {
		f.stranger(&hint{distro: d.name, from: from}, fault)
		return nil
	}
	seen := mountsOf(text)
	h, ok := hintOf(f.podSettings(text), from, func(p string) string { return f.path(f.onNode(d, seen, p)) })
	if !ok {
		return nil
	}
	h.distro = or(h.distro, d.name)
	if d.name == "kops" && strings.HasPrefix(filepath.Base(path), "etcd-") {
		h.name = strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "etcd-"), ".manifest")
	}
	return []hint{h}
}

// settingsHint reads one file of settings.
func (f *finder) settingsHint(d *distro, s settingsFile, path string) []hint {
	text, fault := f.settings(path)
	from := "file " + f.path(path)
	if fault != "" {
		f.stranger(&hint{distro: d.name, from: from}, fault)
		return nil
	}
	if text == nil {
		return nil
	}
	h, ok := hintOf(s.read(f, path, text), from, func(p string) string { return f.path(f.onNode(d, f.podMounts(d, path), p)) })
	if !ok {
		return nil
	}
	if h.distro = or(h.distro, d.name); d.name != "etcd" {
		h.distro = d.name
	}
	h.name = s.name
	return []hint{h}
}

// podMounts are the mounts of the pod that a file of settings is made for.
func (f *finder) podMounts(d *distro, path string) mounts {
	if d.name != "openshift" || !strings.Contains(path, "/kube-apiserver-pod-") {
		return nil
	}
	pod := strings.SplitAfterN(path, "/kube-apiserver-pod-", 2)
	number, _, _ := strings.Cut(pod[1], "/")
	return mounts{{"/etc/kubernetes/static-pod-certs", openshiftPods + "kube-apiserver-certs"}, {strings.TrimSuffix(openshiftPods, "/"), pod[0] + number}}
}

// onNode returns where a path that a pod or its settings name is on the node. What is not there is looked for where the
// distribution mounts it.
func (f *finder) onNode(d *distro, seen mounts, p string) string {
	try := []string{seen.node(p)}
	switch d.name {
	case "openshift":
		try = append(try, mounts{{"/etc/kubernetes/static-pod-certs", strings.TrimSuffix(openshiftEtcd, "/")}}.node(p))
	case "kops":
		try = append(try, strings.TrimPrefix(p, "/rootfs"))
	}
	for _, at := range append(try, p) {
		if f.exists(at) {
			return at
		}
	}
	return try[0]
}

// relocate notes where k3s, RKE2 and k0s keep their data, where a process of root's, settings or units say so.
func (f *finder) relocate(ctx context.Context) {
	f.relocateByProcess(ctx)
	for _, of := range []struct {
		lib   string
		files []string
	}{
		{"/var/lib/rancher/k3s", []string{"/etc/rancher/k3s/config.yaml", "/etc/rancher/k3s/config.yaml.d/*.yaml", "/etc/systemd/system/k3s*.service"}},
		{"/var/lib/rancher/rke2", []string{"/etc/rancher/rke2/config.yaml", "/etc/rancher/rke2/config.yaml.d/*.yaml"}},
		{"/var/lib/k0s", []string{"/etc/systemd/system/k0s*.service"}},
	} {
		for _, pattern := range of.files {
			for _, path := range f.glob(pattern) {
				text, fault := f.settings(path)
				if fault != "" || text == nil {
					continue
				}
				f.move(of.lib, dataDirIn(text))
			}
		}
	}
}

// move notes that a distribution keeps elsewhere what it keeps in lib by itself. What was said first counts.
func (f *finder) move(lib, dir string) {
	if filepath.IsAbs(dir) && filepath.Clean(dir) != lib {
		f.moved = append(f.moved, mount{lib, filepath.Clean(dir)})
	}
}

// relocateByProcess reads the command lines of k3s, RKE2 and k0s that root, or we ourselves, run.
func (f *finder) relocateByProcess(ctx context.Context) {
	libs := map[string]string{"k3s": "/var/lib/rancher/k3s", "rke2": "/var/lib/rancher/rke2", "k0s": "/var/lib/k0s"}
	for _, dir := range f.glob("/proc/[0-9]*") {
		if ctx.Err() != nil {
			return
		}
		args := argsOf(f.proc(dir, "cmdline"))
		if args == nil || libs[filepath.Base(args[0])] == "" {
			continue
		}
		if uid, fault := f.runner(dir); fault != "" || uid != 0 && uid != f.self || f.unmapped(uid) {
			continue
		}
		fl := argFlags(args[1:])
		f.move(libs[filepath.Base(args[0])], or(fl["data-dir"], fl["d"]))
	}
}
