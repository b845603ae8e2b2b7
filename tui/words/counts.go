package words

import (
	"errors"
	"strconv"
	"strings"

	"github.com/etcdscope/etcdscope/tui/widget"
)

// Counted writes a number of things.
func Counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return widget.Thousands(int64(n)) + " " + what
}

var errNoRevision = errors.New("a revision is a whole number, as in the timeline")

// ParseRevision reads a revision as people write it: 48112904, 48,112,904.
func ParseRevision(s string) (int64, error) {
	rev, err := strconv.ParseInt(strings.NewReplacer(",", "", "_", "", " ", "").Replace(s), 10, 64)
	if err != nil || rev < 0 {
		return 0, errNoRevision
	}
	return rev, nil
}

// AsOf names the state of a source at a revision, 0 for now.
func AsOf(source string, rev int64) string {
	if rev == 0 {
		return source + " now"
	}
	return source + " at " + widget.Thousands(rev)
}
