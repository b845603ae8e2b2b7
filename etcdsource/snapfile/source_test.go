package snapfile

import (
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

func TestSourceKeepsTheRules(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T, spec sourcetest.Spec) etcdsource.Source {
		s, err := Open(t.Context(), sourcetest.WriteSpec(t, spec), Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
