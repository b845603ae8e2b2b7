package live

import (
	"fmt"
	"runtime/debug"
	"sync"
)

// safego runs f in a goroutine that wg waits for. A panic ends only that goroutine; failed is told what it was.
func safego(wg *sync.WaitGroup, failed func(error), f func()) {
	wg.Add(1)
	go func() {
		defer wg.Done()
		defer func() {
			if r := recover(); r != nil && failed != nil {
				failed(fmt.Errorf("internal error: %v at %s", r, firstLine(debug.Stack())))
			}
		}()
		f()
	}()
}

// firstLine returns the first 300 bytes of a stack, which name where it went wrong.
func firstLine(stack []byte) string { return string(stack[:min(len(stack), 300)]) }
