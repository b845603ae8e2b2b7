package kubeapi

import (
	"context"
	"strconv"
	"time"

	apiversion "k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apimachinery/pkg/version"
)

// unknownRelease is the version where nothing stored says which Kubernetes wrote it: that of the types of this build.
const unknownRelease = "v1.37.0+etcdscope"

// release is the version of Kubernetes at a revision, and when it was read.
type release struct {
	text string
	read time.Time
}

// releaseTime is how long the version of a store that is being written is believed: clients ask for it to see whether the server
// answers.
const releaseTime = 10 * time.Minute

// version answers /version: with the Kubernetes that wrote what is stored, at the position's revision. The platform says that it
// is not the API server that answers.
func (a *API) version(ctx context.Context, at position) *Answer {
	text, err := a.release(ctx, at)
	if err != nil {
		return Failed(err)
	}
	info := version.Info{GitVersion: text, GitTreeState: "clean", Platform: "etcdscope/stored"}
	if v, err := apiversion.ParseGeneric(text); err == nil {
		info.Major, info.Minor = strconv.Itoa(int(v.Major())), strconv.Itoa(int(v.Minor()))
	}
	return valueAnswer(200, info)
}

// release is the version of Kubernetes at a position, read once.
func (a *API) release(ctx context.Context, at position) (string, error) {
	a.mu.Lock()
	known, ok := a.releases[at.rev]
	a.mu.Unlock()
	if ok && (!at.live() || time.Since(known.read) < releaseTime) {
		return known.text, nil
	}
	text, err := a.Known.Release(ctx, a.Source, at.rev)
	if err != nil {
		return "", err
	}
	if text == "" {
		text = unknownRelease
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.releases == nil || len(a.releases) > maxMoments {
		a.releases = map[int64]release{}
	}
	a.releases[at.rev] = release{text, time.Now()}
	return text, nil
}
