package evidence

import (
	"fmt"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
)

// TestBounds: what is remembered has a limit, and the newest is kept.
func TestBounds(t *testing.T) {
	t.Parallel()
	var r Reports
	for i := range maxReports + 10 {
		r.add(fmt.Sprint("Scheduled ", i), Report{Revision: int64(i)})
	}
	if _, old := r.Scheduled("9"); old || len(r.by) != maxReports {
		t.Errorf("%d reports are kept", len(r.by))
	}
	if x, ok := r.Scheduled(fmt.Sprint(maxReports + 9)); !ok || x.Revision != maxReports+9 {
		t.Errorf("the newest report is %+v", x)
	}
	w := NewObjects(true)
	for i := range maxGone + 10 {
		uid, key := fmt.Sprint("u", i), fmt.Sprint("k", i)
		w.store.insert(&w.store.keys, w.store.add(uid, key, "name"), (*Object).Key)
		w.remove(key, int64(i+1))
	}
	if w.store.uids.n != maxGone || len(w.gone) != maxGone || w.ByUID("u9") != nil || w.ByUID("u10") == nil {
		t.Errorf("%d deleted objects are kept", w.store.uids.n)
	}
	var n Names
	v := &Version{Object: &decode.Object{}}
	for i := range maxNames + 10 {
		v.Entries = []Entry{{}}
		v.Entries[0].Manager, v.Entries[0].Operation, v.Entries[0].parser, v.Entries[0].stored = fmt.Sprint("m", i), "Update", &Parser{}, &decode.Managed{Fields: `{"f:spec":{"f:renewTime":{}}}`}
		n.add(Kubelet, v, renewTime)
	}
	if len(n.seen[Kubelet]) != maxNames {
		t.Errorf("%d names are kept", len(n.seen[Kubelet]))
	}
}
