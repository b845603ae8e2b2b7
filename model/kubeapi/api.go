package kubeapi

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
)

// API answers requests from one store. It is safe for concurrent use; its fields must not be changed once it is used.
type API struct {
	Known  *learn.Known
	Source etcdsource.Source
	Reveal bool // serve the values of Secrets
	// Resolve returns the revision of a moment in a path ("10m", a time); nil where only numbers are understood.
	Resolve func(ctx context.Context, moment string) (int64, error)
	// Replay is what the context replay shows; nil where there is none.
	Replay *Replay

	mu       sync.Mutex
	catalogs []*cached // the newest at the end
	moments  map[string]int64
	times    map[int64]time.Time // of revisions
	releases map[int64]release   // of Kubernetes, by revision; 0 is now
}

// cached is a catalog that is read once for all who ask.
type cached struct {
	rev int64
	once[*catalog]
}

// position is the point in time that a context shows.
type position struct {
	rev    int64 // the newest revision that can be seen; 0: now, of a store that is being written
	replay bool
}

// live reports whether the position moves with the store.
func (p position) live() bool { return p.rev == 0 }

func (a *API) view(managed bool) decode.View {
	return decode.View{Reveal: a.Reveal, ManagedFields: managed, Typed: true}
}

// Serve answers a request. It does not fail: what cannot be answered is answered with a Status.
func (a *API) Serve(ctx context.Context, r *Request) *Answer {
	at, path, err := a.position(ctx, r.Path)
	if err != nil {
		return Failed(err)
	}
	p := strings.Split(strings.Trim(path, "/"), "/")
	if strings.Contains(path, "//") || strings.Contains(path, "/./") || strings.Contains(path, "/../") {
		return Failed(notServed("path with empty or dotted parts"))
	}
	if r.Method != "GET" {
		return a.write(ctx, at, r, p)
	}
	switch {
	case p[0] == "healthz" || p[0] == "livez" || p[0] == "readyz":
		return bytesAnswer(200, "text/plain; charset=utf-8", []byte("ok"))
	case p[0] == "version" && len(p) == 1:
		return a.version(ctx, at)
	case p[0] == "openapi":
		return noSchemas()
	case p[0] != "api" && p[0] != "apis":
		return Failed(notServed("/" + p[0]))
	}
	c, err := a.catalog(ctx, at)
	if err != nil {
		return Failed(err)
	}
	answer, err := a.api(ctx, at, c, r, p)
	if err != nil {
		return Failed(err)
	}
	return answer
}

// api answers for what is below /api and /apis.
func (a *API) api(ctx context.Context, at position, c *catalog, r *Request, p []string) (*Answer, error) {
	switch core := p[0] == "api"; {
	case len(p) == 1:
		return c.discovery(core, r.Accept)
	case core && len(p) == 2:
		return c.resources("", p[1], r.Accept)
	case core:
		return a.objects(ctx, at, c, r, "", p[1], p[2:])
	case len(p) == 2:
		return c.oneGroup(p[1], r.Accept)
	case len(p) == 3:
		return c.resources(p[1], p[2], r.Accept)
	}
	return a.objects(ctx, at, c, r, p[1], p[2], p[3:])
}

// position reads what a path begins with: /at/REVISION, /replay, or neither.
func (a *API) position(ctx context.Context, path string) (at position, rest string, err error) {
	if !a.Known.Info.Running {
		at.rev = a.Known.Info.Revision
	}
	switch first, more, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/"); {
	case first == "replay" && a.Replay != nil:
		return position{rev: a.Replay.From, replay: true}, "/" + more, nil
	case first == "replay":
		return at, "", notServed("context replay; start etcdscope serve with --replay")
	case first == "at":
		moment, rest, _ := strings.Cut(more, "/")
		rev, err := a.moment(ctx, moment)
		if err != nil {
			return at, "", err
		}
		return position{rev: rev}, "/" + rest, nil
	}
	return at, path, nil
}

// moment is the revision that a path names.
func (a *API) moment(ctx context.Context, s string) (rev int64, err error) {
	rev, err = strconv.ParseInt(s, 10, 64)
	number := err == nil
	if number && rev > 0 {
		return rev, a.within(ctx, rev)
	}
	if number || a.Resolve == nil || s == "" || len(s) > 64 {
		return 0, apierrors.NewBadRequest("a path /at/REVISION names a revision, a number above 0")
	}
	a.mu.Lock()
	rev, ok := a.moments[s]
	a.mu.Unlock()
	if ok {
		return rev, nil
	}
	if rev, err = a.Resolve(ctx, s); err != nil {
		return 0, apierrors.NewBadRequest(err.Error())
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.moments == nil || len(a.moments) > maxMoments {
		a.moments = map[string]int64{}
	}
	a.moments[s] = rev
	return rev, nil
}

// maxMoments is how many moments are remembered: each is a revision that stays while clients use it.
const maxMoments = 1000

// within refuses revisions that the source has not reached, or has forgotten.
func (a *API) within(ctx context.Context, rev int64) error {
	info := a.Known.Info
	if info.Running {
		var err error
		if info, err = a.Source.Describe(ctx); err != nil {
			return err
		}
	}
	switch {
	case rev > info.Revision:
		return &etcdsource.FutureError{Revision: rev, Current: info.Revision}
	case rev < info.Compacted:
		return &etcdsource.CompactedError{Revision: rev, Compacted: info.Compacted}
	}
	return nil
}

// maxCatalogs is how many revisions' kinds are kept.
const maxCatalogs = 16

// catalog returns the kinds of a position. Those of now are kept until a definition changes.
func (a *API) catalog(ctx context.Context, at position) (*catalog, error) {
	key := at.rev
	if at.live() {
		key = -a.definitions(ctx)
	}
	a.mu.Lock()
	var found *cached
	for i, c := range a.catalogs {
		if c.rev == key {
			found = c
			a.catalogs = append(append(a.catalogs[:i:i], a.catalogs[i+1:]...), c)
			break
		}
	}
	if found == nil {
		found = &cached{rev: key, once: newOnce[*catalog]()}
		a.catalogs = append(a.catalogs, found)
		if len(a.catalogs) > maxCatalogs {
			a.catalogs = a.catalogs[1:]
		}
	}
	a.mu.Unlock()
	c, err := found.get(ctx, func() (*catalog, error) { return readCatalog(ctx, a.Known, a.Source, at.rev) })
	if err != nil {
		a.forget(found)
	}
	return c, err
}

// forget drops a catalog that could not be read, so that the next request tries again.
func (a *API) forget(c *cached) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.catalogs {
		if a.catalogs[i] == c {
			a.catalogs = append(a.catalogs[:i:i], a.catalogs[i+1:]...)
			return
		}
	}
}

// definitions numbers the states of the definitions of custom resources of a store that is being written.
func (a *API) definitions(context.Context) int64 {
	if s, ok := a.Source.(*Shared); ok {
		return s.Changed()
	}
	return 0
}
