//go:build !linux

package snapfile

import "os"

// readAhead does nothing where the kernel reads ahead well enough by itself.
func readAhead([]byte) (stop func()) { return func() {} }

func soon([]byte) {}

func scattered(*mapping) {}

func inMemory(*os.File, int64) bool { return false }
