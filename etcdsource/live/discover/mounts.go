package discover

import (
	"path/filepath"
	"slices"
	"strings"
)

// mounts are the paths of the node that the containers of a static pod see under other names, the longest first.
type mounts []mount

type mount struct{ inside, outside string }

// mountsOf reads the mounts of a manifest; nil where it is none that can be read, or grows when it is read.
func mountsOf(manifest []byte) (out mounts) {
	var pod struct {
		Spec struct {
			Containers []struct {
				VolumeMounts []struct{ Name, MountPath string } `json:"volumeMounts"`
			} `json:"containers"`
			Volumes []struct {
				Name     string `json:"name"`
				HostPath struct {
					Path string `json:"path"`
				} `json:"hostPath"`
			} `json:"volumes"`
		} `json:"spec"`
	}
	if !tree(manifest, &pod) {
		return nil
	}
	node := map[string]string{}
	for _, v := range pod.Spec.Volumes {
		node[v.Name] = v.HostPath.Path
	}
	for _, c := range pod.Spec.Containers {
		for _, m := range c.VolumeMounts {
			if p := node[m.Name]; filepath.IsAbs(p) && filepath.IsAbs(m.MountPath) {
				out = append(out, mount{filepath.Clean(m.MountPath), filepath.Clean(p)})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b mount) int { return len(b.inside) - len(a.inside) })
	return out
}

// node returns where a path that the pod names is on the node. Its ".." are those of the pod: they lead out of no mount.
func (l mounts) node(p string) string {
	if filepath.IsAbs(p) {
		p = filepath.Clean(p)
	}
	for _, m := range l {
		if rest, ok := strings.CutPrefix(p, m.inside); ok && (rest == "" || rest[0] == '/' || m.inside == "/") {
			return filepath.Join(m.outside, rest)
		}
	}
	return p
}
