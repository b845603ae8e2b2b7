//go:build race

package etcdtest

const raceDetector = true
