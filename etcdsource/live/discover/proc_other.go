//go:build !linux

package discover

func isProc(string) bool { return false }
