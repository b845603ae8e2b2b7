package fuzztest

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// TestInputs: the inputs that are made differ from the seed and from each other, have its types, and are bounded; the
// same beginning makes the same ones.
func TestInputs(t *testing.T) {
	seed := []reflect.Value{reflect.ValueOf(t), reflect.ValueOf([]byte("seed")), reflect.ValueOf("text"), reflect.ValueOf(true), reflect.ValueOf(byte(3)), reflect.ValueOf(int64(-1))}
	run := func() (list []string) {
		m := &mutator{rand: rand.New(rand.NewPCG(1, 2)), seeds: [][]any{{[]byte("other"), "words", false, byte(0), int64(0)}}}
		for range 5000 {
			in := m.make(seed)
			for i := range in {
				if in[i].Type() != seed[i].Type() {
					t.Fatalf("argument %d is a %s", i, in[i].Type())
				}
			}
			if len(in[1].Bytes()) > maxInput || len(in[2].String()) > maxInput {
				t.Fatal("an input is too long")
			}
			list = append(list, corpus(in[1:]))
		}
		return list
	}
	one, two := run(), run()
	if strings.Join(one, "") != strings.Join(two, "") {
		t.Error("two runs differ")
	}
	different := map[string]bool{}
	for _, s := range one {
		different[s] = true
	}
	if len(different) < len(one)*9/10 {
		t.Errorf("%d of %d inputs differ", len(different), len(one))
	}
	if string(seed[1].Bytes()) != "seed" {
		t.Error("the seed was changed")
	}
}

func FuzzCount(f *testing.F) {
	t := New(f)
	t.Add([]byte("a"), "b")
	t.Add([]byte("c"), "d")
	n := 0
	t.Fuzz(func(_ *testing.T, _ []byte, _ string) { n++ })
	f.Cleanup(func() {
		if n < 2 {
			f.Errorf("%d executions", n)
		}
	})
}
