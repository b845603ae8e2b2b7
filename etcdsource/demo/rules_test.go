package demo

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestRules has a demo keep the rules of every source. Its stories are generated stores, as plain snapshots: a story's
// cut is any file that the program opens.
func TestRules(t *testing.T) {
	for _, spec := range sourcetest.Specs() {
		if spec.Compact > 0 {
			continue // nobody compacts a demo
		}
		t.Run(spec.Name, func(t *testing.T) {
			t.Parallel()
			sourcetest.RunSpec(t, spec, openSpec)
		})
	}
}

// openSpec opens the store as the seed of a story in which nothing else is written.
func openSpec(t *testing.T, spec sourcetest.Spec) etcdsource.Source {
	folder := t.TempDir()
	snapshot, err := os.ReadFile(sourcetest.WriteSnapshot(t, spec.Ops))
	if err != nil {
		t.Fatal(err)
	}
	text := "name: rules\ncut: cut.db\nsteps: [{title: a, writer: b, lane: client, say: c, refused: true}]"
	for name, b := range map[string][]byte{"cut.db": snapshot, storyFile: []byte(text)} {
		if err := os.WriteFile(filepath.Join(folder, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return open(t, folder)
}
