//go:build !linux

package snapfile

// readAhead does nothing where the kernel reads ahead well enough by itself.
func readAhead([]byte) (stop func()) { return func() {} }

func soon([]byte) {}

func scattered(*mapping) {}
