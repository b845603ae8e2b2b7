package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// choice says which records go into a cut.
type choice struct {
	Until int64    `json:"until"`
	Keep  []string `json:"keep"`
	Drop  []string `json:"drop"`
	Move  []move   `json:"move"`

	keep, drop *regexp.Regexp
	steps      map[int64]bool // revisions of the story's steps
}

// readChoice reads cut.yaml, and the steps' revisions out of story.yaml.
func readChoice(folder string) (*choice, error) {
	c := &choice{steps: map[int64]bool{}}
	b, err := os.ReadFile(filepath.Join(folder, "cut.yaml"))
	if err != nil {
		return nil, err
	}
	if err := yaml.UnmarshalStrict(b, c); err != nil {
		return nil, fmt.Errorf("read cut.yaml: %w", err)
	}
	var story struct {
		Steps []struct {
			Revision int64 `json:"revision"`
		} `json:"steps"`
	}
	if b, err = os.ReadFile(filepath.Join(folder, "story.yaml")); err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(b, &story); err != nil {
		return nil, fmt.Errorf("read story.yaml: %w", err)
	}
	for _, s := range story.Steps {
		if s.Revision > 0 {
			c.steps[s.Revision] = true
		}
	}
	c.keep, c.drop = patterns(c.Keep), patterns(c.Drop)
	return c, nil
}

// takes reports whether a write belongs to the seed.
func (c *choice) takes(key []byte, rev int64) bool {
	return rev <= c.Until && c.keep.Match(key) && !c.drop.Match(key)
}

// patterns is one expression for a list of patterns in which * matches anything. An empty list matches nothing.
func patterns(list []string) *regexp.Regexp {
	alternatives := make([]string, len(list))
	for i, p := range list {
		alternatives[i] = strings.ReplaceAll(regexp.QuoteMeta(p), `\*`, ".*")
	}
	if len(list) == 0 {
		return regexp.MustCompile(`[^\s\S]`)
	}
	return regexp.MustCompile(`^(?s:` + strings.Join(alternatives, "|") + `)$`)
}
