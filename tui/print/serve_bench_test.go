package print

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/model/kubeapi"
	"github.com/etcdscope/etcdscope/model/learn"
)

// BenchmarkTable serves 10,000 pods as a Table, and compares that with its floor, run in turn with it: get pods of the same file.
// The ratio should stay below 1.5.
func BenchmarkTable(b *testing.B) {
	src, err := snapfile.Open(b.Context(), manyPods(b, 10_000), snapfile.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer src.Close()
	known, err := learn.From(b.Context(), src, learn.Options{})
	if err != nil {
		b.Fatal(err)
	}
	api := &kubeapi.API{Known: known, Source: src}
	var least, took time.Duration
	for b.Loop() {
		begun := time.Now()
		var out lines
		code := Execute(b.Context(), []string{"get", "pods", "-A", "--from", "x"}, nil, &out, io.Discard, Funcs{
			Open: func(context.Context, OpenOptions) (Opened, error) { return Opened{Source: open{src}}, nil },
		})
		least += time.Since(begun)
		if code != 0 || out.n != 10_001 {
			b.Fatalf("exit %d with %d lines", code, out.n)
		}
		begun = time.Now()
		answer := api.Serve(b.Context(), &kubeapi.Request{Method: "GET", Path: "/api/v1/pods", Accept: "application/json;as=Table;v=v1;g=meta.k8s.io"})
		out = lines{of: `{"cells":[`}
		if err := answer.Body(b.Context(), &out); err != nil || out.n != 10_000 {
			b.Fatalf("%d rows: %v", out.n, err)
		}
		took += time.Since(begun)
	}
	b.ReportMetric(float64(least.Microseconds())/float64(b.N)/1000, "floor-ms")
	b.ReportMetric(float64(took)/float64(least), "times-floor")
}

// lines counts lines, or what else is said, in what is written.
type lines struct {
	of string
	n  int
}

func (l *lines) Write(p []byte) (int, error) {
	of := l.of
	if of == "" {
		of = "\n"
	}
	l.n += bytes.Count(p, []byte(of))
	return len(p), nil
}

func (l *lines) Flush() error { return nil }

// manyPods is a file with pods as an API server stores them, in protobuf, of some 3 KB each.
func manyPods(b *testing.B, n int) string {
	b.Helper()
	var ops []sourcetest.Op
	proto := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme)
	at := metav1.NewTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	for i := range n {
		name := fmt.Sprintf("web-%06d", i)
		p := &corev1.Pod{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: fmt.Sprint("team-", i%20), UID: "00000000-0000-0000-0000-000000000000", CreationTimestamp: at, Labels: map[string]string{"app": "web", "pod-template-hash": "5d4f8c7b9"},
				ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubelet", Operation: "Update", APIVersion: "v1", Time: &at, FieldsType: "FieldsV1", Subresource: "status",
					FieldsV1: metav1.NewFieldsV1(`{"f:status":{"f:conditions":{` + strings.Repeat(`"k:{\"type\":\"Ready\"}":{".":{},"f:status":{}},`, 12) + `"f:x":{}}}}`)}}},
			Spec: corev1.PodSpec{NodeName: fmt.Sprint("node-", i%50), Containers: []corev1.Container{{Name: "web", Image: "registry.example.com/web:1.2.3"}, {Name: "proxy", Image: "registry.example.com/proxy:4.5.6"}}},
			Status: corev1.PodStatus{Phase: corev1.PodRunning, PodIP: "10.1.2.3", PodIPs: []corev1.PodIP{{IP: "10.1.2.3"}}, StartTime: &at,
				ContainerStatuses: []corev1.ContainerStatus{{Name: "web", Ready: true, RestartCount: 2}, {Name: "proxy", Ready: i%3 > 0}}},
		}
		for e := range 10 {
			p.Spec.Containers[0].Env = append(p.Spec.Containers[0].Env, corev1.EnvVar{Name: fmt.Sprint("SETTING_", e), Value: strings.Repeat("v", 60)})
		}
		for _, c := range []corev1.PodConditionType{corev1.PodScheduled, corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady} {
			p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: c, Status: corev1.ConditionTrue, LastTransitionTime: at})
		}
		var value bytes.Buffer
		if err := proto.Encode(p, &value); err != nil {
			b.Fatal(err)
		}
		if i%100 == 0 {
			ops = append(ops, nil)
		}
		last := &ops[len(ops)-1]
		*last = append(*last, sourcetest.Write{Key: []byte("/registry/pods/" + p.Namespace + "/" + name), Value: value.Bytes()})
	}
	return sourcetest.WriteSnapshot(b, ops)
}
