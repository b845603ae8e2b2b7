package snapfile

import (
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

func TestSourceKeepsTheRules(t *testing.T) { keepsTheRules(t, Options{}) }

// TestSourceOfLittleKeepsTheRules: so does one whose keys are sorted as they are asked for.
func TestSourceOfLittleKeepsTheRules(t *testing.T) { keepsTheRules(t, Options{NoSum: true}) }

func keepsTheRules(t *testing.T, o Options) {
	sourcetest.Run(t, func(t *testing.T, spec sourcetest.Spec) etcdsource.Source {
		s, err := Open(t.Context(), sourcetest.WriteSpec(t, spec), o)
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
