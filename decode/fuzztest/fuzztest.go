// Package fuzztest runs fuzz targets also without Go's fuzzing engine, which spends most of a cheap target's time on
// itself: it makes 7,000 executions a second where the target alone makes 300,000.
//
//	go test -fuzz FuzzX ./decode/wire                       the engine: few inputs, guided by what they cover
//	ETCDSCOPE_FUZZ=5000000 go test -run FuzzX ./decode/wire  in the process: many inputs, made from the seeds at random
//
// What always holds:
//   - Without ETCDSCOPE_FUZZ nothing but the seeds and the kept cases is run, as with f.Fuzz.
//   - The same seeds and the same number give the same inputs. Each seed has the same share of them.
//   - An input that fails is written in the form of the engine's corpus, to be kept in testdata/fuzz.
package fuzztest

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// Env names the number of executions that each seed's share is taken of.
const Env = "ETCDSCOPE_FUZZ"

// maxInput bounds the bytes of an argument that is made.
const maxInput = 16 << 10

// Target is a fuzz target that keeps its seeds.
type Target struct {
	f     *testing.F
	seeds [][]any
}

// New begins a target.
func New(f *testing.F) *Target { return &Target{f: f} }

// Add adds a seed, as f.Add does.
func (x *Target) Add(args ...any) {
	x.seeds = append(x.seeds, args)
	x.f.Add(args...)
}

// Fuzz runs a target, a func(*testing.T, …) as f.Fuzz takes it.
func (x *Target) Fuzz(target any) {
	n, _ := strconv.Atoi(os.Getenv(Env))
	if n <= 0 {
		x.f.Fuzz(target)
		return
	}
	fn := reflect.ValueOf(target)
	share := n/max(len(x.seeds), 1) + 1
	m := &mutator{seeds: x.seeds}
	x.f.Fuzz(reflect.MakeFunc(fn.Type(), func(args []reflect.Value) []reflect.Value {
		t := args[0].Interface().(*testing.T)
		h := fnv.New64a()
		h.Write([]byte(t.Name()))
		m.rand = rand.New(rand.NewPCG(h.Sum64(), uint64(share)))
		for i := range share {
			in := args
			if i > 0 {
				in = m.make(args)
			}
			run(t, fn, in)
		}
		return nil
	}).Interface())
}

// run runs the target once, and says what it was given if it fails.
func run(t *testing.T, fn reflect.Value, in []reflect.Value) {
	ended := false
	defer func() {
		if !ended || t.Failed() {
			t.Logf("the input, for a file below testdata/fuzz:\n%s", corpus(in[1:]))
		}
		if t.Failed() && ended {
			t.FailNow()
		}
	}()
	fn.Call(in)
	ended = true
}

// corpus writes arguments as the engine does.
func corpus(args []reflect.Value) string {
	var b strings.Builder
	b.WriteString("go test fuzz v1\n")
	for _, a := range args {
		switch v := a.Interface().(type) {
		case []byte:
			fmt.Fprintf(&b, "[]byte(%q)\n", v)
		case string:
			fmt.Fprintf(&b, "string(%q)\n", v)
		case byte:
			fmt.Fprintf(&b, "byte(%q)\n", v)
		default:
			fmt.Fprintf(&b, "%T(%v)\n", v, v)
		}
	}
	return b.String()
}
