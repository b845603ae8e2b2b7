//go:build chaos

package tui

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

var manyKeys = flag.Int("keys", 20_000, "how many keys the store of the memory test holds")

// maxAnon is the most memory that a process may have that is no file's, in bytes.
const maxAnon = 512 << 20

// storedPod is a pod as an API server stores it, of about a kilobyte and as many bytes more.
func storedPod(ns string, i, more int) (string, string) {
	name := fmt.Sprintf("web-%06d", i)
	owner := true
	p := corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: ns, UID: types.UID(fmt.Sprintf("5f0c1c7e-0000-4000-8000-%012d", i)), CreationTimestamp: metav1.Unix(1_700_000_000+int64(i), 0),
			Labels:          map[string]string{"app": "web", "pod-template-hash": "6d4b75cb6d", "n": strconv.Itoa(i)},
			Annotations:     map[string]string{"more": strings.Repeat("m", more)},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web-6d4b75cb6d", UID: "9d3b", Controller: &owner}},
			ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kube-controller-manager", Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "v1", FieldsType: "FieldsV1",
				FieldsV1: metav1.NewFieldsV1(`{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:image":{},"f:name":{}}}}}`)}},
		},
		Spec: corev1.PodSpec{NodeName: fmt.Sprintf("node-%03d", i%200), Containers: []corev1.Container{{Name: "web", Image: "registry.example.com/shop/web:1.27.4",
			Env: []corev1.EnvVar{{Name: "SEQUENCE", Value: strconv.Itoa(i)}}}}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, PodIP: "10.1.2.3", Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}},
	}
	raw, err := p.Marshal()
	if err != nil {
		panic(err)
	}
	u := runtime.Unknown{TypeMeta: runtime.TypeMeta{APIVersion: "v1", Kind: "Pod"}, Raw: raw}
	b, err := u.Marshal()
	if err != nil {
		panic(err)
	}
	return "/registry/pods/" + ns + "/" + name, "k8s\x00" + string(b)
}

// many is a member with pods in 50 namespaces, the first of which has half of them; each hundredth is larger.
func many(t *testing.T) *etcdtest.Member {
	t.Helper()
	m := etcdtest.Members(t, 1, *etcdProgram)[0]
	w := m.Client()
	defer w.Close()
	var ops []clientv3.Op
	put := func(k, v string) {
		if ops = append(ops, clientv3.OpPut(k, v)); len(ops) == 100 {
			if _, err := w.Txn(etcdtest.Within(t, time.Minute)).Then(ops...).Commit(); err != nil {
				t.Fatal(err)
			}
			ops = ops[:0]
		}
	}
	for i := range *manyKeys {
		ns, more := "big", i%700
		if i%2 == 1 {
			ns = fmt.Sprintf("team-%02d", i/2%49)
		}
		if i%100 == 99 {
			more = 10_000 + i%20_000
		}
		put(storedPod(ns, i, more))
	}
	for i := range 50 {
		ns := fmt.Sprintf("team-%02d", i)
		if i == 49 {
			ns = "big"
		}
		put("/registry/namespaces/"+ns, fmt.Sprintf(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":%q}}`, ns))
	}
	for i := range 50 { // fills the last transaction
		put(fmt.Sprintf("/registry/configmaps/big/flags-%02d", i), fmt.Sprintf(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"flags-%02d","namespace":"big"}}`, i))
	}
	return m
}

// anon samples the memory of a process, the most of each stage.
type anon struct {
	pid   int
	mu    sync.Mutex
	stage string
	most  map[string]int64
	order []string
}

func sample(ctx context.Context, pid int, stage string) *anon {
	a := &anon{pid: pid, most: map[string]int64{}}
	a.enter(stage)
	go func() {
		for ctx.Err() == nil {
			a.look()
			time.Sleep(50 * time.Millisecond)
		}
	}()
	return a
}

func (a *anon) look() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.most[a.stage] = max(a.most[a.stage], rssAnon(a.pid))
}

func (a *anon) enter(stage string) {
	a.mu.Lock()
	a.stage = stage
	if !slices.Contains(a.order, stage) {
		a.order = append(a.order, stage)
	}
	a.mu.Unlock()
	a.look()
}

func rssAnon(pid int) int64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(b), "RssAnon:")
	f := strings.Fields(rest)
	if len(f) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(f[0], 10, 64)
	return n << 10
}

// report fails the test where a stage took more than it may.
func (a *anon) report(t *testing.T, what string) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, stage := range a.order {
		t.Logf("%s, %d keys: %-10s at most %3d MiB", what, *manyKeys, stage, a.most[stage]>>20)
		if a.most[stage] > maxAnon {
			t.Errorf("%s takes %d MiB in %s", what, a.most[stage]>>20, stage)
		}
	}
}
