package live

import (
	"sync"

	goroutine "github.com/etcdscope/etcdscope/etcdsource/safego"
)

// safego runs f in a goroutine that wg waits for. A panic is handed to failed; where that is nil, to the program.
func safego(wg *sync.WaitGroup, failed func(error), f func()) { goroutine.Wait(wg, failed, f) }
