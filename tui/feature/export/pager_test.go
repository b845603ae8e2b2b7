package export

import (
	"os"
	"os/exec"
	"testing"
)

func TestOutside(t *testing.T) {
	cmd, remove, err := outside(t.Context(), []string{"EDITOR=false", "PAGER=cat -u", "PATH=" + os.Getenv("PATH")}, "value.yaml", []byte("kind: Pod\n"))
	if err != nil {
		t.Fatal(err)
	}
	path := cmd.Args[len(cmd.Args)-1]
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o400 {
		t.Errorf("the copy is %v (%v)", fi, err)
	}
	if _, err := exec.LookPath("sh"); err == nil {
		if out, err := cmd.Output(); err != nil || string(out) != "kind: Pod\n" {
			t.Errorf("the pager shows %q (%v)", out, err)
		}
	}
	remove()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Error("the copy was left behind")
	}
}
