package restore

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// stubs stand for what the steps of k3s and k0s call: a volume is a folder that is moved away and back, and cannot be renamed
// or removed while it is there, as a mount point cannot.
const stubs = `
set -eu
vol="$TOP/volume"
is_mounted() { [ "$1" = "$VOLUME" ] && [ ! -e "$vol" ]; }
umount() { is_mounted "$1"; command mv "$1" "$vol"; mkdir "$1"; }
mount() { [ "$1" = "$VOLUME" ] && [ -d "$1" ] && [ -e "$vol" ]; command mv "$1" "$TOP/under"; command mv "$vol" "$1"; rm -r "$TOP/under"; }
mountpoint() { is_mounted "$2"; }
findmnt() { echo /dev/vdb1; }
mv() { for a in "$@"; do if is_mounted "$a" && [ "$a" != "${@: -1}" ]; then echo "mv: $a: Device or resource busy" >&2; return 1; fi; done; command mv "$@"; }
systemctl() { :; }
hostname() { echo cp2; }
ssh() { echo token; }
k3s() { mv "$DATA" "$DATA-old-1700000000"; mkdir -p "$DATA/member"; echo restored > "$DATA/member/db"; }
k0s() {
  [ "$1" = restore ] || return 0
  if [ -e "$DATA" ] && [ -n "$(ls "$DATA")" ]; then echo "data-dir not empty" >&2; return 1; fi
  mkdir -p "$DATA/member"; echo restored > "$DATA/member/db"
}
`

// TestVolumesOfADistribution carries out the steps of k3s and k0s where etcd's directory, or one above it, is a volume: what
// was restored is in the place of the old data, on the volume, and the ways back, from the last to the first, bring the old back.
func TestVolumesOfADistribution(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	for _, d := range []struct{ name, data string }{{"k3s", "server/db/etcd"}, {"k0s", "etcd"}} {
		for _, volume := range []string{"", "lib", "data"} {
			for _, node := range []string{"cp1", "cp2"} {
				top := t.TempDir()
				v := volumes{t: t, bash: bash, top: top, lib: filepath.Join(top, "lib")}
				v.data = filepath.Join(v.lib, d.data)
				v.write(v.data+"/member/db", "old")
				v.write(v.lib+"/other", "kept")
				v.volume = map[string]string{"lib": v.lib, "data": v.data}[volume]
				f := facts(d.name)
				f.File.Path = filepath.Join(top, "k0s_backup.tar.gz")
				if d.name == "k3s" {
					f.File.Path = filepath.Join(top, "etcd.zip")
				}
				f.Given.InitialCluster = "cp1=https://10.0.0.11:2380,cp2=https://10.0.0.12:2380"
				f.Node.Lib, f.Node.Data.Dir, f.Node.Data.Mounted = v.lib, v.data, volume == "data"
				f.Node.Member.Name = "cp1"
				if volume == "lib" {
					f.Node.Data.Mounts = []string{v.lib}
				}
				what := fmt.Sprintf("%s, volume %q, %s", d.name, volume, node)
				var do, undo []string
				for _, s := range Make(f).Steps {
					if s.Node == node && !s.Check {
						do, undo = append(do, s.Command), append(undo, s.Undo)
					}
				}
				v.run(what, do)
				now, _ := os.ReadFile(v.data + "/member/db")
				if node == "cp1" && string(now) != "restored\n" || node == "cp2" && len(now) > 0 {
					t.Errorf("%s: etcd's directory holds %q", what, now)
				}
				if _, err := os.Stat(filepath.Join(top, "volume")); err == nil {
					t.Errorf("%s: the volume is not mounted", what)
				}
				slices.Reverse(undo)
				v.run(what+", back", undo)
				for p, want := range map[string]string{v.data + "/member/db": "old", v.lib + "/other": "kept"} {
					if got, err := os.ReadFile(p); string(got) != want {
						t.Errorf("%s: after the way back %s holds %q: %v", what, p, got, err)
					}
				}
			}
		}
	}
}

// volumes is a tree whose folder is a volume.
type volumes struct {
	t                            *testing.T
	bash, top, lib, data, volume string
}

func (v *volumes) write(path, text string) {
	v.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		v.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		v.t.Fatal(err)
	}
}

func (v *volumes) run(what string, commands []string) {
	v.t.Helper()
	script := strings.Join(commands, "\n")
	cmd := exec.Command(v.bash, "-c", stubs+script)
	cmd.Env = append(os.Environ(), "TOP="+v.top, "DATA="+v.data, "VOLUME="+v.volume)
	if out, err := cmd.CombinedOutput(); err != nil {
		v.t.Fatalf("%s: %v: %s\n%s", what, err, out, script)
	}
}

// TestRoomOfTheDataDir: also the disk that --data-dir names has room for the database and its log, twice the database where
// it is packed.
func TestRoomOfTheDataDir(t *testing.T) {
	t.Parallel()
	const db = 1 << 30
	for _, c := range []struct {
		path  string
		free  int64
		stops bool
	}{
		{"/b/x.db", -1, false}, {"/b/x.db", db + walRoom + etcdsource.KeepFree, false}, {"/b/x.db", db + walRoom + etcdsource.KeepFree - 1, true},
		{"/b/x.db.gz", 2*db + walRoom + etcdsource.KeepFree, false}, {"/b/x.db.gz", 2*db + walRoom, true},
	} {
		f := facts("kubeadm")
		f.File.Path, f.File.Bytes, f.Given.DataDir, f.Given.Free = c.path, db, "/mnt/new/etcd", c.free
		stopped := Make(f).Stopped()
		if (len(stopped) == 1 && stopped[0].Kind == NoRoom && strings.Contains(stopped[0].Text, "/mnt/new/etcd")) != c.stops || len(stopped) > 1 {
			t.Errorf("%+v: %+v", c, stopped)
		}
	}
}
