package commands_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// node is a node of a member that a unit starts, below root.
func node(t *testing.T, m *etcdtest.Member, name, initial string) (root string) {
	t.Helper()
	root = etcdtest.Dir(t)
	for _, dir := range []string{"var/lib", "etc/default"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(m.Dir, filepath.Join(root, "var/lib/etcd")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "etc/default/etcd"), "ETCD_NAME="+name+"\nETCD_DATA_DIR=/var/lib/etcd\nETCD_LISTEN_CLIENT_URLS="+m.HTTP+"\nETCD_INITIAL_CLUSTER="+initial+"\n")
	return root
}

// TestRemovedMember: a member of three is removed with its node. What health says there, and the printed commands, bring it back as a new
// member; the command that opens its data says whose it is.
func TestRemovedMember(t *testing.T) {
	t.Parallel()
	members := etcdtest.Members(t, 3, *etcdProgram)
	var eps, initial []string
	var id uint64
	do(members[0], func(ctx context.Context, w *clientv3.Client) error {
		list, err := w.MemberList(ctx)
		if err != nil {
			return err
		}
		initial = nil
		for _, m := range list.Members {
			if initial = append(initial, m.Name+"="+m.PeerURLs[0]); m.Name == "m2" {
				id = m.ID
			}
		}
		_, err = w.MemberRemove(ctx, id)
		return err
	})
	members[2].Stop()
	root := node(t, members[2], "m2", strings.Join(initial, ","))
	dir := filepath.Join(root, "var/lib/etcd")
	for _, m := range members[:2] {
		eps = append(eps, m.HTTP)
	}
	removed := state{1, "degraded", 0, "follower, leader", "2 members, quorum 2: you can lose none"}
	h := untilState(t, eps, removed, "--root", root)
	if m := h.cluster.NonMember; m.State != "removed" || m.DataDir != dir || m.Name != "m2" || !strings.Contains(h.cluster.Wrong[0], "was removed from the cluster") {
		t.Fatalf("%+v", h.cluster)
	}
	_, errs, code := execute(t, "get", "/a", "--root", root)
	if code != 3 || !strings.Contains(errs, dir+" is this node's and holds old data of a removed member") {
		t.Errorf("exit %d: %s", code, errs)
	}
	commands := h.commands("non-member")
	file := filepath.Join(t.TempDir(), "kept.db")
	words := shellWords(t, strings.TrimPrefix(commands[0], "etcdscope "))
	words[2] = file
	if out, errs, code := execute(t, words...); code != 0 {
		t.Fatalf("%s: exit %d: %s%s", commands[0], code, out, errs)
	}
	shell(t, commands[2]) // the first one after it was stopped
	if h = untilState(t, eps, state{0, "healthy", 0, removed.rows, removed.sentence}, "--root", root); h.cluster.NonMember.State != "" {
		t.Errorf("its data is gone: %+v", h.cluster.NonMember) // at addresses that were given nothing leads to it
	}
	carryOut(t, commands[3])
	startIn(t, commands[4], dir)
	h = untilHealth(t, eps, "the learner", func(h *healthOf) bool {
		return len(h.commands("learner")) > 0 && strings.Contains(h.commands("learner")[0], "promote")
	}, "--root", root)
	if h.cluster.NonMember.State != "" {
		t.Errorf("it has joined: %+v", h.cluster.NonMember)
	}
	eventually(t, h.commands("learner")[0])
	untilState(t, eps, allWell, "--root", root)
}
