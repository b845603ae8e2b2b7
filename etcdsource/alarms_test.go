package etcdsource

import (
	"strings"
	"testing"
)

func TestTrouble(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		info       Info
		short, why string
		full       bool
	}{
		{Info{DBSize: -1, Quota: -1}, "", "", false},
		{Info{DBSize: 90, Quota: -1}, "", "", false},
		{Info{DBSize: -1, Quota: 100}, "", "", false},
		{Info{DBSize: 79, Quota: 100}, "", "", false},
		{Info{DBSize: 80, Quota: 100}, "DB 80% FULL", "at 80% of its quota", false},
		{Info{DBSize: 1 << 62, Quota: 1<<62 + 9}, "DB 100% FULL", "at 100% of its quota", false},
		{Info{DBSize: 110, Quota: 100}, "DB FULL", "at 110% of its quota", true},
		{Info{DBSize: 10, Quota: 100, Alarm: "NOSPACE"}, "NOSPACE", "no writes until etcd is compacted", true},
		{Info{DBSize: 10, Quota: 100, Alarm: "NOSPACE CORRUPT"}, "CORRUPT", "do not hold the same data", true},
	} {
		short, why, full := c.info.Trouble()
		if short != c.short || !strings.Contains(why, c.why) || (why == "") != (c.why == "") || full != c.full {
			t.Errorf("%+v: %q, %q, %v", c.info, short, why, full)
		}
	}
}
