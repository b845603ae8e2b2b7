package tui

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestFrameAllocatesLittle bounds what a frame at 200x60 allocates, with a document, its timeline and the feed on the
// screen: at most 20 pieces.
func TestFrameAllocatesLittle(t *testing.T) {
	m := program(t, map[string]*tuitest.Memory{"": shop()})
	d := drive(t, m, 200, 60)
	listed(d)
	d.Command("key /registry/configmaps/shop/flags")
	d.See("field: two")
	d.See("Timeline")
	if n := testing.AllocsPerRun(50, func() {
		m.drawing.stale = true
		_ = m.View()
	}); n > 20 {
		t.Errorf("%v allocations a frame", n)
	}
}

func at(d []time.Duration, percent int) float64 {
	slices.Sort(d)
	return float64(d[(len(d)-1)*percent/100].Nanoseconds()) / 1000
}

// press is a key press that knows when it was made.
type press struct {
	key tea.KeyPressMsg
	at  time.Time
}

// watched is the program with its key presses timed, from the press to the end of the update and its frame.
type watched struct {
	*Model
	took chan time.Duration
}

func (w watched) Init() tea.Cmd { return w.Model.Init() }

func (w watched) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	p, ok := msg.(press)
	if !ok {
		_, cmd := w.Model.Update(msg)
		return w, cmd
	}
	_, cmd := w.Model.Update(p.key)
	_ = w.View()
	w.took <- time.Since(p.at)
	return w, cmd
}

// keys presses j and k in turn, 40 a second, until a time, and returns how long each took.
func keys(p *tea.Program, w watched, until time.Time) (took []time.Duration) {
	for i := 0; time.Now().Before(until); i++ {
		p.Send(press{tuitest.Key([]string{"j", "k"}[i%2]), time.Now()})
		took = append(took, <-w.took)
		time.Sleep(25 * time.Millisecond)
	}
	return took
}

// BenchmarkIntake runs the real program while a stream in the process brings 50,000 changes of 1 KiB a second to the
// folder that is on the screen, for two seconds. Targets: no gap, a key press is answered within 50 ms (99 %), heap at
// most 256 MiB. Floor: the same key presses while nothing else happens.
func BenchmarkIntake(b *testing.B) {
	for b.Loop() {
		src := shop()
		w := watched{program(b, map[string]*tuitest.Memory{"": src}), make(chan time.Duration, 1)}
		p := tea.NewProgram(w, tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithWindowSize(200, 60),
			tea.WithColorProfile(colorprofile.TrueColor), tea.WithEnvironment([]string{"TERM=xterm-256color"}), tea.WithoutSignalHandler())
		done := make(chan error, 1)
		go func() {
			_, err := p.Run()
			done <- err
		}()
		for _, k := range strings.Fields("j l l l") { // into the folder
			time.Sleep(200 * time.Millisecond)
			p.Send(tuitest.Key(k))
		}
		time.Sleep(200 * time.Millisecond)
		idle := keys(p, w, time.Now().Add(2*time.Second))
		const total = 100000
		sent := make(chan struct{})
		go stream(src, total, 2*time.Second, sent)
		heap := make(chan uint64, 1)
		go watchHeap(sent, heap)
		busy := keys(p, w, time.Now().Add(2*time.Second))
		<-sent
		time.Sleep(2 * time.Second) // what is in the queue
		p.Quit()
		if err := <-done; err != nil {
			b.Fatal(err)
		}
		s := w.view().State
		if s.Head != firstRev+total-1 {
			b.Errorf("the program has come to revision %d of %d", s.Head, firstRev+total-1)
		}
		if len(s.Gaps) > 0 {
			b.Errorf("gaps %v", s.Gaps)
		}
		b.ReportMetric(float64(len(s.Gaps)), "gaps")
		b.ReportMetric(at(busy, 99)/1000, "key-p99-ms")
		b.ReportMetric(at(idle, 99)/1000, "idle-p99-ms")
		b.ReportMetric(float64(<-heap>>20), "heap-MiB")
		b.ReportMetric(0, "ns/op")
	}
}

// firstRev is the revision of the first change of the stream.
const firstRev = 1000

// stream sends changes at an even pace.
func stream(src *tuitest.Memory, total int, d time.Duration, sent chan struct{}) {
	defer close(sent)
	const step = 100
	value := stored("ConfigMap", "many", strings.Repeat("x", 900))
	start := time.Now()
	for i := 0; i < total; i += step {
		time.Sleep(time.Until(start.Add(time.Duration(i) * d / time.Duration(total))))
		events := make([]etcdsource.Event, step)
		for j := range events {
			n := int64(i + j)
			events[j] = etcdsource.Event{Key: fmt.Appendf(nil, "/registry/configmaps/shop/many-%04d", n%5000), Value: slices.Clone(value), Create: firstRev + n%5000, Mod: firstRev + n, Version: 1 + n/5000, Type: etcdsource.Updated}
			if n < 5000 {
				events[j].Type = etcdsource.Created
			}
		}
		src.Send(etcdsource.Batch{Events: events, Revision: firstRev + int64(i+step) - 1, Status: etcdsource.Status{State: etcdsource.Live}})
	}
}

// watchHeap reports the largest heap that was seen until done.
func watchHeap(done chan struct{}, out chan<- uint64) {
	var most uint64
	for {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
		select {
		case <-done:
			out <- most
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}
