package live

import (
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

func TestMain(m *testing.M) { etcdtest.Main(m) }
