package schedule

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"syscall"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Held reports whether a process holds the lock of a cluster; known is false where that cannot be asked, as by another user.
func (f *Folder) Held(_ context.Context, cluster string) (held, known bool) {
	if err := f.noLinks(ownFolder); err != nil {
		return false, errors.Is(err, fs.ErrNotExist)
	}
	file, err := f.root.OpenFile(path.Join(ownFolder, cluster+lockSuffix), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return false, errors.Is(err, fs.ErrNotExist)
	}
	defer file.Close() // which gives it back
	switch err := syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); {
	case err == nil:
		return false, true
	case errors.Is(err, syscall.EWOULDBLOCK):
		return true, true
	}
	return false, false
}

// asked is how long whatever asks for a lock may hold it.
const asked = time.Millisecond

// exclusive locks a file. Held locks it for a moment, so it tries a few times.
func exclusive(ctx context.Context, file *os.File) (err error) {
	for range lockTries {
		if err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		if wait(ctx, asked) != nil {
			break
		}
	}
	return err
}

// probe adds what the lock says: that a run which has not ended was interrupted, and that nothing keeps the schedule.
func probe(ctx context.Context, shelf etcdsource.Shelf, s *etcdsource.Schedule) {
	h, ok := shelf.(etcdsource.Holding)
	if !ok {
		return
	}
	if held, known := h.Held(ctx, s.Cluster); held || !known {
		return
	}
	s.Stopped = s.Every != ""
	if !s.Last.IsZero() && s.Result == "" {
		s.Result = etcdsource.RunInterrupted
	}
}

// mostRuns is how many runs the index lists, and leastRuns how many say how often something else starts them.
const (
	mostRuns  = 8
	leastRuns = 4
)

// began notes the start of a run. Of runs that something else starts the index lists the last ones, and how often it says that it does.
func (x *index) began(at time.Time, every, by time.Duration) {
	x.Last = run{Began: at}
	if every > 0 {
		x.Runs, x.Started = nil, nil
		return
	}
	if by > 0 {
		x.Started = &starter{short(by), at}
	}
	x.Runs = append(x.Runs, at)
	x.Runs = x.Runs[max(len(x.Runs)-mostRuns, 0):]
}

// expect fills in when the next single run is expected: so long after the last one as what starts them says, else as they usually are.
func (x *index) expect(s *etcdsource.Schedule) {
	last := x.Last.Began
	if x.Started != nil {
		if every, err := time.ParseDuration(x.Started.Every); err == nil && every > 0 {
			s.Started, s.Usual, last = x.Started.Every, every, x.Started.Last
		}
	}
	if s.Usual == 0 {
		s.Usual = x.usual()
	}
	if s.Usual > 0 {
		s.Next = last.Add(s.Usual)
	}
}

// usual is how often something else, such as a timer, has started the last runs; 0 where they were not regular. One in three
// may be out of line: a run that was started by hand.
func (x *index) usual() time.Duration {
	if len(x.Runs) < leastRuns {
		return 0
	}
	var gaps []time.Duration
	for i := 1; i < len(x.Runs); i++ {
		gaps = append(gaps, x.Runs[i].Sub(x.Runs[i-1]))
	}
	sorted := slices.Sorted(slices.Values(gaps))
	usual, regular := sorted[len(sorted)/2], 0
	for _, g := range gaps {
		if d := (g - usual).Abs(); d <= usual/10+time.Minute && d < usual/2 {
			regular++
		}
	}
	if usual < time.Minute || regular*3 < len(gaps)*2 {
		return 0
	}
	return usual.Round(time.Minute)
}
