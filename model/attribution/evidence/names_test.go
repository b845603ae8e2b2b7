package evidence_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// TestNames: a component is named by what only it writes, most often.
func TestNames(t *testing.T) {
	t.Parallel()
	lease := func(ns, name string) func(s *store, manager string, at int) {
		return func(s *store, manager string, at int) {
			s.Put("leases/"+ns+"/"+name, object("Lease", ns, name, "", fmt.Sprintf(`"spec":{"renewTime":"2026-01-02T10:02:%02d.000000Z"}`, at),
				mf(fmt.Sprintf("%s/Update %d", manager, at), `"f:spec":{"f:renewTime":{}}`)))
		}
	}
	service := func(s *store, manager string, at int) {
		s.Put("services/specs/default/kubernetes", object("Service", "default", "kubernetes", "", `"spec":{"type":"ClusterIP"}`, mf(fmt.Sprintf("%s/Update %d", manager, at), `"f:spec":{"f:type":{}}`)))
	}
	ca := func(s *store, manager string, at int) {
		ns := fmt.Sprint("ns", at)
		s.Put("configmaps/"+ns+"/kube-root-ca.crt", object("ConfigMap", ns, "kube-root-ca.crt", "", `"data":{"ca.crt":"x"}`, mf(fmt.Sprintf("%s/Update %d", manager, at), `"f:data":{"f:ca.crt":{}}`)))
	}
	for _, c := range []struct {
		name, component string
		write           func(s *store, manager string, at int)
		managers        []string
		want            string
	}{
		{"nothing was seen", evidence.Kubelet, nil, nil, "kubelet"},
		{"its own name", evidence.Kubelet, lease("kube-node-lease", "n1"), []string{"kubelet"}, "kubelet"},
		{"another name", evidence.Kubelet, lease("kube-node-lease", "n1"), []string{"k3s"}, "k3s"},
		{"one write by hand", evidence.Kubelet, lease("kube-node-lease", "n1"), []string{"k3s", "k3s", "kubectl-edit"}, "k3s"},
		{"the leader's lease", evidence.Scheduler, lease("kube-system", "kube-scheduler"), []string{"hyperkube"}, "hyperkube"},
		{"an alias counts as the component", evidence.Scheduler, lease("kube-system", "kube-scheduler"), []string{"default-scheduler"}, "kube-scheduler"},
		{"the Service of the API server", evidence.APIServer, service, []string{"k3s"}, "k3s"},
		{"the certificate of each namespace", evidence.ControllerManager, ca, []string{"k3s", "k3s"}, "k3s"},
		{"a lease of somebody else", evidence.Scheduler, lease("demo", "kube-scheduler"), []string{"x"}, "kube-scheduler"},
	} {
		s := newStore(t, true)
		for i, m := range c.managers {
			c.write(s, m, i+1)
		}
		if got := s.m.Names.Of(c.component); got != c.want {
			t.Errorf("%s: %s is called %q, want %q", c.name, c.component, got, c.want)
		}
	}
}

// TestOneProgram: a component of which nothing was seen has the name that the API server and kube-controller-manager share.
func TestOneProgram(t *testing.T) {
	t.Parallel()
	s := newStore(t, true)
	s.Put("services/specs/default/kubernetes", object("Service", "default", "kubernetes", "", `"spec":{"type":"ClusterIP"}`, mf("k3s/Update 1", `"f:spec":{"f:type":{}}`)))
	n := &s.m.Names
	if n.Of(evidence.Kubelet) != evidence.Kubelet {
		t.Error("one name of one component is no shared one")
	}
	s.Put("configmaps/demo/kube-root-ca.crt", object("ConfigMap", "demo", "kube-root-ca.crt", "", `"data":{"ca.crt":"x"}`, mf("k3s/Update 1", `"f:data":{"f:ca.crt":{}}`)))
	if n.Of(evidence.Kubelet) != "k3s" || !n.Is("k3s", evidence.Scheduler) || !n.Is("kubelet", evidence.Kubelet) || n.Is("", evidence.Kubelet) || n.Is("kubectl", evidence.Kubelet) {
		t.Error("who is a kubelet")
	}
	if !n.Any("k3s") || n.Any("kubectl") || !slices.Equal(n.Called("k3s"), evidence.Components) || len(n.Called("kubectl")) != 0 {
		t.Errorf("k3s stands for %q", n.Called("k3s"))
	}
}

// TestReports: what Events say about other objects.
func TestReports(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, rest      string
		scheduled, gone bool
	}{
		{"a pod was scheduled", `"reason":"Scheduled","involvedObject":{"uid":"u"},"source":{"component":"default-scheduler"}`, true, false},
		{"no pod is named", `"reason":"Scheduled","source":{"component":"default-scheduler"}`, false, false},
		{"a pod was deleted", `"reason":"SuccessfulDelete","message":"Deleted pod: web","involvedObject":{"namespace":"demo"}`, false, true},
		{"a StatefulSet's words", `"reason":"SuccessfulDelete","message":"delete Pod web in StatefulSet s successful","involvedObject":{"namespace":"demo"}`, false, true},
		{"another namespace", `"reason":"SuccessfulDelete","message":"Deleted pod: web","involvedObject":{"namespace":"other"}`, false, false},
		{"a failure", `"reason":"FailedDelete","message":"Deleted pod: web","involvedObject":{"namespace":"demo"}`, false, false},
		{"other words", `"reason":"SuccessfulDelete","message":"Removed pod: web","involvedObject":{"namespace":"demo"}`, false, false},
	} {
		s := newStore(t, true)
		rev := s.Put("events/demo/e", object("Event", "demo", "e", "", c.rest+`,"lastTimestamp":"`+second(5)+`"`, mf("m/Update 1", "")))
		r, scheduled := s.m.Reports.Scheduled("u")
		d, gone := s.m.Reports.Deleted("Pod", "demo", "web")
		if scheduled != c.scheduled || gone != c.gone {
			t.Errorf("%s: scheduled %v, deleted %v", c.name, scheduled, gone)
		}
		if gone {
			r = d
		}
		if (scheduled || gone) && (r.Revision != rev || !r.Time.Equal(at(5)) || r.Manager != "m") {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}

// TestReportTime: an Event has one of three times, the last one before the first.
func TestReportTime(t *testing.T) {
	t.Parallel()
	for rest, want := range map[string]int{
		`"lastTimestamp":"` + second(5) + `","eventTime":"` + second(4) + `","firstTimestamp":"` + second(3) + `"`: 5,
		`"eventTime":"` + second(4) + `","firstTimestamp":"` + second(3) + `"`:                                     4,
		`"firstTimestamp":"` + second(3) + `"`:                                                                     3,
	} {
		s := newStore(t, true)
		s.Put("events/demo/e", object("Event", "demo", "e", "", `"reason":"Scheduled","involvedObject":{"uid":"u"},`+rest))
		if r, _ := s.m.Reports.Scheduled("u"); !r.Time.Equal(at(float64(want))) {
			t.Errorf("%s: %v", rest, r.Time)
		}
	}
}

// TestWriterClocks: which machine's clock a component writes by.
func TestWriterClocks(t *testing.T) {
	t.Parallel()
	s := newStore(t, true)
	p := parse(t, object("Pod", "demo", "p", "", `"spec":{"nodeName":"n1"}`))
	if got := s.m.Clocks.Of(p, "kube-scheduler"); got != "kube-scheduler" {
		t.Errorf("a scheduler whose leader is not known writes by %q", got)
	}
	s.Put("leases/kube-system/kube-scheduler", object("Lease", "kube-system", "kube-scheduler", "", `"spec":{"holderIdentity":"cp_1"}`))
	for manager, want := range map[string]string{"kubelet": "n1", "kube-scheduler": "cp (kube-scheduler)", "kube-controller-manager": "kube-controller-manager", "kubectl": "", "kube-apiserver": ""} {
		if got := s.m.Clocks.Of(p, manager); got != want {
			t.Errorf("%s writes by %q, want %q", manager, got, want)
		}
	}
}
