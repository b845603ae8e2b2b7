package open

import (
	"strings"
	"testing"
)

// TestBucketIsNotOpened: a backup in a bucket is refused with what to do, and no file of that name is looked for.
func TestBucketIsNotOpened(t *testing.T) {
	t.Parallel()
	_, _, err := Open(t.Context(), Options{Path: "s3://backups/prod/etcd-20260102-030405.db"})
	if err == nil || !strings.Contains(err.Error(), "it lies in a bucket") {
		t.Errorf("it says %v", err)
	}
}
