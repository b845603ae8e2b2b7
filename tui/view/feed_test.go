package view

import (
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/tui/host"
)

// TestPace: the more is written, the fewer frames are drawn, and none of them later than it is soon enough for.
func TestPace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		every time.Duration // between two changes
		want  time.Duration // between two frames
	}{
		"now and then": {time.Second, host.FrameTime},
		"some":         {60 * time.Millisecond, host.FrameTime},
		"many":         {20 * time.Millisecond, FloodTime},
		"busy":         {2 * time.Millisecond, busyTime},
		"flood":        {100 * time.Microsecond, FloodTime},
	} {
		f, now := &Feed{flood: FloodTime}, time.Now()
		for range 50 {
			now = now.Add(max(f.pace, c.every))
			f.paced(max(int(f.pace/c.every), 1), now)
		}
		if f.pace != c.want {
			t.Errorf("%s: a frame each %s, want %s", name, f.pace, c.want)
		}
	}
}
