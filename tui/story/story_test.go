package story

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/pane/panetest"
)

func tale(done int) etcdsource.Story {
	return etcdsource.Story{Title: "A pod's life", Intro: "What the API server wrote while one pod lived.", Start: 100, Done: done, Steps: []etcdsource.Step{
		{Title: "an invalid pod is refused", Writer: "kubectl", Say: "The API server validates.", Lane: "client", Revision: 100},
		{Title: "the pod is created", Writer: "kubectl", Say: "It has no node yet. " + strings.Repeat("The sentence goes on and on. ", 12), Lane: "client", Stored: true, Revision: 101},
		{Title: "a lease is renewed", Writer: "kube-apiserver", Say: "It says that it lives.", Lane: "apiserver", Stored: true, Revision: 102},
	}}
}

func box(t *testing.T, done int) *Box { return New(panetest.Style(t), tale(done)) }

// sized gives the box, whose height is its own, the method of a pane.
type sized struct{ *Box }

func (s sized) Resize(w, _ int) { s.Box.Resize(w) }

func TestSteps(t *testing.T) {
	b := box(t, 0)
	if b.At() != 0 || b.Step() != nil || b.Done() || b.Revision(0) != 100 || b.Revision(2) != 101 || b.Revision(99) != 100 {
		t.Errorf("at %d, step %v, revisions %d %d", b.At(), b.Step(), b.Revision(0), b.Revision(2))
	}
	b.Busy(true)
	b.Auto(true)
	b.Set(tale(3), 3)
	if !b.Done() || b.Step().Revision != 102 || b.Waiting() || !b.Playing() {
		t.Errorf("at the end: done %t, step %v, waiting %t, playing %t", b.Done(), b.Step(), b.Waiting(), b.Playing())
	}
	b.Set(tale(3), 1) // back: what was played stays played
	if b.Done() || b.Step().Title != "an invalid pod is refused" {
		t.Errorf("back: done %t, step %v", b.Done(), b.Step())
	}
}

func TestDrawing(t *testing.T) {
	for at, want := range []string{"What the API server wrote", "nothing is stored, the revision stays 100", "kubectl → kube-apiserver → etcd", "kube-apiserver → etcd"} {
		b := box(t, 3)
		b.Set(tale(3), at)
		for _, w := range []int{0, 1, 2, 5, 10, 20, 39, 40, 79, 80, 200} {
			panetest.Rows(t, sized{b}, w, Rows)
		}
		rows := panetest.Rows(t, sized{b}, 80, Rows)
		if !strings.Contains(rows, want) {
			t.Errorf("at %d:\n%s", at, rows)
		}
		if at == 2 {
			panetest.Golden(t, "step-80", rows)
		}
	}
	many := tale(0)
	for range 40 {
		many.Steps = append(many.Steps, etcdsource.Step{Title: "again"})
	}
	if rows := panetest.Rows(t, sized{New(panetest.Style(t), many)}, 40, Rows); !strings.Contains(rows, "0/43") {
		t.Errorf("many steps:\n%s", rows)
	}
}
