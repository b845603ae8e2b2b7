//go:build !linux

package rehearse

import (
	"fmt"
	"os/exec"
	"runtime"
)

// startSparing starts a command that uses at most half of the cores.
func startSparing(cmd *exec.Cmd) error {
	cmd.Env = append(cmd.Env, fmt.Sprintf("GOMAXPROCS=%d", max(1, runtime.NumCPU()/2)))
	return cmd.Start()
}
