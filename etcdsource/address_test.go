package etcdsource

import (
	"strings"
	"testing"
)

func TestCheckAddress(t *testing.T) {
	for _, refused := range []string{
		"https://user:hunter2@host:2379", "user:hunter2@host:2379", "http://user@host", "user@host:2379", "HTTPS://u:hunter2@[::1]:2379",
		"https://u:p%40hunter2@host", "https://u%3Ahunter2%40host:2379", "https://u:hunter2/x@host", "https:/u:hunter2@host", "ftp://u:hunter2@host",
		"https://host:2379/?a=u:hunter2@x", "unix://u:hunter2@host/path", "unix:u:hunter2@host",
	} {
		err := CheckAddress(refused, "--endpoints")
		if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "--endpoints carries a user or a password") {
			t.Errorf("%s: %v", refused, err)
		}
	}
	for _, taken := range []string{"", "host:2379", "https://host:2379", "http://[fe80::1%eth0]:2379", "unix:///run/a@b/etcd.sock", "unix:/run/a@b", "10.0.0.1"} {
		if err := CheckAddress(taken, ""); err != nil {
			t.Errorf("%s: %v", taken, err)
		}
	}
}
