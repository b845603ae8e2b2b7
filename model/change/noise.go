package change

import (
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Noise is what says little by itself: that somebody is still alive, or that something was noted.
type Noise uint8

// The kinds of noise.
const (
	NoNoise  Noise = iota
	Renewals       // a lease was renewed
	Events         // an Event was recorded, counted up, or ran out
)

// leases are the folders, below a root, whose updates are signs of life.
var leases = []string{"leases/", "masterleases/", "peerserverleases/"}

// NoiseOf reports whether a change of a key below a root is noise, by its key alone.
func NoiseOf(root string, key []byte, typ etcdsource.Type) Noise {
	rest, ok := strings.CutPrefix(string(key), root)
	if !ok {
		return NoNoise
	}
	if strings.HasPrefix(rest, "events/") {
		return Events
	}
	for _, l := range leases {
		if typ == etcdsource.Updated && strings.HasPrefix(rest, l) {
			return Renewals
		}
	}
	return NoNoise
}
