package kubectl

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/ptr"
	crcache "sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// asked notes what a client asks for.
type asked struct {
	http.RoundTripper
	mu   sync.Mutex
	list []string
}

// RoundTrip implements http.RoundTripper.
func (a *asked) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	a.list = append(a.list, r.URL.RequestURI())
	a.mu.Unlock()
	return a.RoundTripper.RoundTrip(r)
}

// urls are those that were asked for.
func (a *asked) urls() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.list)
}

// noting lets a configuration note its requests.
func noting(c *rest.Config) (*rest.Config, *asked) {
	a := &asked{}
	c = rest.CopyConfig(c)
	c.WrapTransport = func(rt http.RoundTripper) http.RoundTripper {
		a.RoundTripper = rt
		return a
	}
	return c, a
}

// TestInformer: an informer of client-go syncs by one streamed list, and does not fall back to a list.
func TestInformer(t *testing.T) {
	s := start(t, backup)
	config, asked := noting(s.client(t, "now"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	f := informers.NewSharedInformerFactory(kubernetes.NewForConfigOrDie(config), 0)
	roles, pods := f.Rbac().V1().ClusterRoles(), f.Core().V1().Pods()
	synced := []cache.InformerSynced{roles.Informer().HasSynced, pods.Informer().HasSynced}
	f.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), synced...) {
		t.Fatalf("it does not sync: %q", asked.urls())
	}
	if n := len(roles.Informer().GetStore().List()); n != 69 {
		t.Errorf("%d cluster roles", n)
	}
	if p, err := pods.Lister().Pods("vault").Get("app"); err != nil || p.Status.Phase != corev1.PodPending {
		t.Errorf("the pod: %v, %v", p, err)
	}
	for _, u := range asked.urls() {
		if strings.Contains(u, "clusterroles") && !strings.Contains(u, "sendInitialEvents=true") {
			t.Errorf("it asks for %s", u)
		}
	}
	cancel()
	f.Shutdown()
}

// TestReplay: an informer on the context replay sees every later change, in order, and ends with what is there at the end.
func TestReplay(t *testing.T) {
	s := start(t, backup, "--replay", "300", "--speed", "0")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	f := informers.NewSharedInformerFactory(kubernetes.NewForConfigOrDie(s.client(t, "replay")), 0)
	secrets := f.Core().V1().Secrets().Informer()
	var mu sync.Mutex
	var seen []int64
	counts := map[string]int{}
	note := func(what string, o any) {
		mu.Lock()
		defer mu.Unlock()
		counts[what]++
		m, err := meta.Accessor(o)
		if err != nil {
			t.Error(err)
			return
		}
		if rev, _ := strconv.ParseInt(m.GetResourceVersion(), 10, 64); what != "deleted" && rev > 300 {
			seen = append(seen, rev)
		}
	}
	_, err := secrets.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(o any) { note("added", o) }, UpdateFunc: func(_, o any) { note("updated", o) }, DeleteFunc: func(o any) { note("deleted", o) }})
	if err != nil {
		t.Fatal(err)
	}
	f.Start(ctx.Done())
	last := func() string { return secrets.LastSyncResourceVersion() }
	for ctx.Err() == nil && len(secrets.GetStore().List()) != 16 || counted(&mu, counts, "deleted") < 334 {
		if ctx.Err() != nil {
			t.Fatalf("after a minute: %v at %s with %d Secrets", counts, last(), len(secrets.GetStore().List()))
		}
		time.Sleep(20 * time.Millisecond)
	}
	mu.Lock()
	defer mu.Unlock()
	if !slices.IsSorted(seen) {
		t.Errorf("the changes came in the order %v", seen)
	}
	if counts["added"] != 350 || counts["deleted"] != 334 || counts["updated"] != 26 { // another one lies before it
		t.Errorf("it saw %v", counts)
	}
	cancel()
	f.Shutdown()
}

func counted(mu *sync.Mutex, m map[string]int, what string) int {
	mu.Lock()
	defer mu.Unlock()
	return m[what]
}

// TestCache: the cache of controller-runtime syncs, finds by fields and labels, and reads custom resources.
func TestCache(t *testing.T) {
	s := start(t, backup, "--at", "later=1600")
	for context, want := range map[string]int{"now": 8, "later": 8} {
		c, err := crcache.New(s.client(t, context), crcache.Options{Scheme: scheme.Scheme})
		if err != nil {
			t.Fatal(err)
		}
		readBy(t, c, want)
	}
}

// readBy starts a cache and reads by it.
func readBy(t *testing.T, c crcache.Cache, widgets int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := c.IndexField(ctx, &corev1.Pod{}, "status.phase", func(o client.Object) []string { return []string{string(o.(*corev1.Pod).Status.Phase)} }); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Start(ctx) }()
	if !c.WaitForCacheSync(ctx) {
		t.Fatal("the cache does not sync")
	}
	var pods corev1.PodList
	if err := c.List(ctx, &pods, client.MatchingFields{"status.phase": "Pending"}); err != nil || len(pods.Items) != 1 {
		t.Errorf("%d pods: %v", len(pods.Items), err)
	}
	var list unstructured.UnstructuredList
	list.SetGroupVersionKind(schema.GroupVersionKind{Group: "shop.example.com", Version: "v1", Kind: "WidgetList"})
	if err := c.List(ctx, &list, client.InNamespace("vault")); err != nil || len(list.Items) != widgets {
		t.Errorf("%d widgets, want %d: %v", len(list.Items), widgets, err)
	}
	var ns corev1.Namespace
	if err := c.Get(ctx, client.ObjectKey{Name: "vault"}, &ns); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(fmt.Errorf("it ends with %w", err))
	}
}

// controller is a small one: a queue behind an informer of Secrets, and a worker that looks each up.
type controller struct {
	queue workqueue.TypedRateLimitingInterface[string]
	mu    sync.Mutex
	seen  []string // TYPE name@revision of each change after the start of the replay
}

// TestController replays what came behind a revision to a controller, ten times as fast as it was and as fast as it can be read:
// each change comes once, in order, with its true resourceVersion, and the controller ends with what is there at the end.
func TestController(t *testing.T) {
	for speed, from := range map[string]string{"0": "300", "10": "1500"} {
		s := start(t, backup, "--replay", from, "--speed", speed)
		want := watched(t, s, from)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		c := &controller{queue: workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]())}
		f := informers.NewSharedInformerFactory(kubernetes.NewForConfigOrDie(s.client(t, "replay")), 0)
		secrets := f.Core().V1().Secrets()
		note := func(what string, o any) {
			m, err := meta.Accessor(o)
			if err != nil {
				t.Error(err)
				return
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			if newer(m.GetResourceVersion(), from) {
				c.seen = append(c.seen, what+" "+m.GetName()+"@"+m.GetResourceVersion())
			}
			c.queue.Add(m.GetNamespace() + "/" + m.GetName())
		}
		_, err := secrets.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: func(o any) { note("ADDED", o) }, UpdateFunc: func(_, o any) { note("MODIFIED", o) }, DeleteFunc: func(o any) { note("DELETED", o) }})
		if err != nil {
			t.Fatal(err)
		}
		held := map[string]bool{}
		var all sync.WaitGroup
		all.Go(func() {
			for {
				key, over := c.queue.Get()
				if over {
					return
				}
				_, exists, err := secrets.Informer().GetStore().GetByKey(key)
				if err != nil {
					t.Error(err)
				}
				held[key] = exists
				c.queue.Done(key)
			}
		})
		f.Start(ctx.Done())
		for ctx.Err() == nil && c.count() < len(want) {
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(200 * time.Millisecond) // none comes twice
		c.queue.ShutDownWithDrain()
		all.Wait()
		if !slices.Equal(c.seen, want) {
			t.Errorf("from %s at %s: it saw %d changes, want %d:\n%v\nwant\n%v", from, speed, len(c.seen), len(want), c.seen, want)
		}
		there := 0
		for _, exists := range held {
			if exists {
				there++
			}
		}
		if n := len(secrets.Informer().GetStore().List()); n != 16 || there != 16 {
			t.Errorf("from %s at %s: it ends with %d Secrets, and %d reconciled", from, speed, n, there)
		}
		cancel()
		f.Shutdown()
	}
}

// newer compares two revisions.
func newer(a, b string) bool { return len(a) > len(b) || len(a) == len(b) && a > b }

func (c *controller) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.seen)
}

// watched are the changes of Secrets behind a revision, as a plain watch of the whole backup has them.
func watched(t *testing.T, s *serving, from string) (out []string) {
	t.Helper()
	w, err := kubernetes.NewForConfigOrDie(s.client(t, "now")).CoreV1().Secrets("").Watch(t.Context(), metav1.ListOptions{ResourceVersion: from, TimeoutSeconds: ptr.To[int64](3)})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	for e := range w.ResultChan() {
		m, err := meta.Accessor(e.Object)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(e.Type)+" "+m.GetName()+"@"+m.GetResourceVersion())
	}
	if len(out) < 10 {
		t.Fatalf("only %d changes", len(out))
	}
	return out
}
