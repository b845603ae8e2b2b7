package commands_test

import (
	"testing"

	"github.com/etcdscope/etcdscope/tui/tuitest/tty"
)

// TestOtherCertificate: where the given address does not take what was given, the certificate that lies on the node is offered as a
// key, and so is the etcd that was found there.
func TestOtherCertificate(t *testing.T) {
	t.Parallel()
	root, main, _ := twoEtcds(t)
	main.Put("/registry/namespaces/demo", "/registry/configmaps/demo/a")
	s := tty.Start(t, tty.Config{W: 160, H: 40, Env: []string{"TERM=xterm-256color"}}, program, "--root", root, "--endpoints", "https://"+portOf(t, main), "--insecure-skip-tls-verify")
	s.See("Cannot open the cluster")
	s.See("tries the certificate " + root + "/srv/kubernetes/kube-apiserver/etcd-client.crt")
	s.Keys("1")
	s.See("configmaps")
	s.Keys("q")
	if code := s.Wait(); code != 0 {
		t.Errorf("exit %d, %s", code, s.Stderr())
	}
	s = tty.Start(t, tty.Config{W: 160, H: 40, Env: []string{"TERM=xterm-256color"}}, program, "--root", root, "--endpoints", "http://127.0.0.1:1")
	s.See("tries https://" + portOf(t, main))
	s.Keys("1")
	s.See("configmaps")
	s.Keys("q")
	s.Wait()
}
