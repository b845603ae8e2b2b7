package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/protobuf/proto"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/model/learn"
)

// A snapshot of a million keys, or another one, in the place of the small one that the benchmark writes:
//
//	go test ./model/verify -run '^$' -bench . -benchtime 3x -keys 1000000
//	go test ./model/verify -run '^$' -bench . -benchtime 3x -snapshot big.db
var (
	benchKeys = flag.Int("keys", 20_000, "number of keys in the benchmark's snapshot")
	benchFile = flag.String("snapshot", "", "snapshot file for the benchmark")
)

// BenchmarkVerify verifies a snapshot in turn with its floors, on the same cores: the sha256 of the file beside the decoding
// of every value, and the same with the decoding of etcd's own record only. The ratio to the first should stay below 1.3.
func BenchmarkVerify(b *testing.B) {
	path := *benchFile
	if path == "" {
		path = writeBench(b, *benchKeys)
	}
	var ours, floor, records spent
	for b.Loop() {
		floor.add(func() { least(b, path, true) })
		records.add(func() { least(b, path, false) })
		ours.add(func() { verified(b, path) })
	}
	b.ReportMetric(float64(ours.wall)/float64(floor.wall), "times-floor")
	b.ReportMetric(float64(ours.cpu)/float64(floor.cpu), "times-floor-cpu")
	b.ReportMetric(float64(ours.cpu)/float64(records.cpu), "times-records-cpu")
	b.ReportMetric(ours.cpu.Seconds()/float64(b.N), "cpu-s")
	b.ReportMetric(floor.cpu.Seconds()/float64(b.N), "floor-cpu-s")
}

// spent is the time that something takes.
type spent struct{ wall, cpu time.Duration }

func (s *spent) add(work func()) {
	start, cpu := time.Now(), processor()
	work()
	s.wall, s.cpu = s.wall+time.Since(start), s.cpu+processor()-cpu
}

func processor() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// verified opens and verifies a snapshot, as the command does.
func verified(b *testing.B, path string) {
	src, err := snapfile.Open(b.Context(), path, snapfile.Options{NoVerify: true, Wait: true})
	if err != nil {
		b.Fatal(err)
	}
	defer src.Close()
	known, err := learn.From(b.Context(), src, learn.Options{})
	if err != nil {
		b.Fatal(err)
	}
	r, err := Run(b.Context(), &learn.Opened{Known: known, Source: src}, Options{})
	if err != nil || r.Verdict != "verified" {
		b.Fatal(r, err)
	}
}

// least is the floor: a sha256 of the file, beside it each record is decoded, and its value too if wanted.
func least(b *testing.B, path string, values bool) {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		f, err := os.Open(path)
		if err != nil {
			b.Error(err)
			return
		}
		defer f.Close()
		if _, err := io.CopyBuffer(sha256.New(), struct{ io.Reader }{f}, make([]byte, 4<<20)); err != nil {
			b.Error(err)
		}
	})
	db, err := bolt.Open(path, 0o400, &bolt.Options{ReadOnly: true})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	lists := make(chan [][]byte, 4)
	var decoders sync.WaitGroup
	for range 2 {
		decoders.Go(func() {
			for list := range lists {
				for _, v := range list {
					if err := unmarshal(v, values); err != nil {
						b.Error(err)
					}
				}
			}
		})
	}
	err = db.View(func(tx *bolt.Tx) error {
		defer decoders.Wait()
		defer close(lists)
		var list [][]byte
		err := tx.Bucket([]byte("key")).ForEach(func(_, v []byte) error {
			if list = append(list, v); len(list) == 512 {
				lists <- list
				list = nil
			}
			return nil
		})
		lists <- list
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

func unmarshal(record []byte, value bool) error {
	var kv mvccpb.KeyValue
	if err := proto.Unmarshal(record, &kv); err != nil || !value || !strings.HasPrefix(string(kv.Value[:min(4, len(kv.Value))]), "k8s\x00") {
		return err
	}
	var u runtime.Unknown
	if err := u.Unmarshal(kv.Value[4:]); err != nil {
		return err
	}
	o, err := scheme.Scheme.New(schema.FromAPIVersionAndKind(u.APIVersion, u.Kind))
	if err != nil {
		return err
	}
	return o.(interface{ Unmarshal([]byte) error }).Unmarshal(u.Raw)
}

// writeBench writes a snapshot of so many keys: pods, ConfigMaps, Events and custom resources.
func writeBench(b *testing.B, keys int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "bench.db")
	db, err := bolt.Open(path, 0o600, &bolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		b.Fatal(err)
	}
	for from := 0; from < keys && err == nil; from += 5000 {
		err = db.Update(func(tx *bolt.Tx) error { return fillBench(tx, from, min(keys, from+5000)) })
	}
	if err == nil {
		err = db.Close()
	}
	if err == nil {
		err = appendSum(path)
	}
	if err != nil {
		b.Fatal(err)
	}
	return path
}

func appendSum(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	_, err = f.Write(h.Sum(nil))
	return err
}

func fillBench(tx *bolt.Tx, from, to int) error {
	for _, name := range []string{"key", "meta", "members", "lease", "cluster", "alarm"} {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	if err := tx.Bucket([]byte("meta")).Put([]byte("consistent_index"), binary.BigEndian.AppendUint64(nil, uint64(to))); err != nil {
		return err
	}
	records := tx.Bucket([]byte("key"))
	records.FillPercent = 0.9
	for i := from; i < to; i++ {
		rev := int64(i + 2)
		key, value, err := benchObject(i)
		if err != nil {
			return err
		}
		v, err := proto.Marshal(&mvccpb.KeyValue{Key: []byte(key), Value: value, CreateRevision: rev, ModRevision: rev, Version: 1})
		if err != nil {
			return err
		}
		k := append(binary.BigEndian.AppendUint64(nil, uint64(rev)), '_')
		if err := records.Put(binary.BigEndian.AppendUint64(k, 0), v); err != nil {
			return err
		}
	}
	return nil
}

// benchObject returns the key and the stored value of an object.
func benchObject(i int) (string, []byte, error) {
	ns, name := fmt.Sprintf("team-%d", i%97), fmt.Sprintf("object-%08x", uint32(i)*2654435761)
	now := metav1.NewTime(time.Unix(int64(1_700_000_000+i), 0))
	fields := &metav1.FieldsV1{}
	fields.SetRawString(fmt.Sprintf(`{"f:metadata":{"f:labels":{".":{},"f:app":{}},"f:ownerReferences":{".":{},"k:{\"uid\":\"%d\"}":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"app\"}":{".":{},"f:image":{},"f:name":{},"f:ports":{}}},"f:restartPolicy":{}}}`, i/4))
	md := metav1.ObjectMeta{
		Name: name, Namespace: ns, UID: "0b1f2c3d-aaaa-4bbb-8ccc-0123456789ab", CreationTimestamp: now, Labels: map[string]string{"app": "web", "tier": "front"},
		ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kube-controller-manager", Operation: "Update", APIVersion: "v1", Time: &now, FieldsType: "FieldsV1", FieldsV1: fields}},
	}
	switch i % 10 {
	case 0:
		return "/registry/widgets.example.com/widgets/" + ns + "/" + name, fmt.Appendf(nil, `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":%q,"namespace":%q},"spec":{"size":%d,"colours":["red","green"]}}`, name, ns, i), nil
	case 1, 2:
		v, err := stored("v1", "ConfigMap", &corev1.ConfigMap{ObjectMeta: md, Data: map[string]string{"app.yaml": strings.Repeat("key: value\n", 60), "n": fmt.Sprint(i)}})
		return "/registry/configmaps/" + ns + "/" + name, v, err
	case 3, 4, 5:
		v, err := stored("v1", "Event", &corev1.Event{ObjectMeta: md, InvolvedObject: corev1.ObjectReference{Kind: "Pod", Namespace: ns, Name: name}, Reason: "Pulled",
			Message: "Container image already present on machine", Source: corev1.EventSource{Component: "kubelet", Host: "node-1"}, FirstTimestamp: now, LastTimestamp: now, Count: 1, Type: "Normal"})
		return "/registry/events/" + ns + "/" + name, v, err
	}
	c := corev1.Container{Name: "app", Image: "registry.example.com/web:v1.2.3", Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: "TCP"}},
		Env:       []corev1.EnvVar{{Name: "LOG_LEVEL", Value: "info"}, {Name: "POD_IP", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}}},
		Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("250m"), "memory": resource.MustParse("512Mi")}}}
	v, err := stored("v1", "Pod", &corev1.Pod{ObjectMeta: md, Spec: corev1.PodSpec{Containers: []corev1.Container{c}, RestartPolicy: "Always", NodeName: "node-1", Tolerations: []corev1.Toleration{{Key: "node.kubernetes.io/not-ready", Operator: "Exists", Effect: "NoExecute"}}},
		Status: corev1.PodStatus{Phase: "Running", PodIP: "10.2.3.4", StartTime: &now, Conditions: []corev1.PodCondition{{Type: "Ready", Status: "True", LastTransitionTime: now}}}})
	return "/registry/pods/" + ns + "/" + name, v, err
}

// stored is an object as an API server stores it.
func stored(apiVersion, kind string, o interface{ Marshal() ([]byte, error) }) ([]byte, error) {
	raw, err := o.Marshal()
	if err != nil {
		return nil, err
	}
	u := runtime.Unknown{TypeMeta: runtime.TypeMeta{APIVersion: apiVersion, Kind: kind}, Raw: raw}
	b, err := u.Marshal()
	return append([]byte("k8s\x00"), b...), err
}
