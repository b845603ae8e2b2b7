package space

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
)

// A store that must be spared is sampled: each resource is a stratum of which the number of keys is known, and of which some
// values, drawn at random, are read.
//
//	total = Σ keys × mean of the sample      variance = Σ keys² × (1 − share read) × variance of the sample ÷ its size

// stratum is one resource.
type stratum struct {
	resource, prefix string
	field            string // the row by field that counts its objects as a whole, "" for none
	n                int64  // keys
	unread           bool   // nothing of it is read
	seen             int64  // keys that were offered to keys
	keys             [][]byte
	drawn            int // of keys, that were read
	size             moments
	managed, applied moments
	cells            map[string]*moments // by namespace
	fields           map[string]*moments
}

// keep offers a key to the sample: each that is offered has the same chance to be in it.
func (st *stratum) keep(rng *rand.Rand, key []byte, most int) {
	st.seen++
	if len(st.keys) < most {
		st.keys = append(st.keys, bytes.Clone(key))
	} else if i := rng.Int64N(st.seen); i < int64(most) {
		st.keys[i] = bytes.Clone(key)
	}
}

// fieldOf is the row by field that stands for all of a resource, "" for none.
func fieldOf(resource string) string {
	if resource == "events" || strings.HasPrefix(resource, "events.") {
		return FieldEvents
	}
	return ""
}

// take counts a value that was read.
func (st *stratum) take(sizer *decode.Sizer, key, value []byte, namespace string) {
	size := float64(len(value))
	st.size.add(size)
	managed, applied := sizer.Metadata(key, value)
	st.managed.add(float64(managed))
	st.applied.add(float64(applied))
	if st.cells == nil {
		st.cells = map[string]*moments{}
	}
	at(&st.cells, namespace).add(size)
	field := st.field
	if bytes.Contains(key, helmRelease) && (st.resource == "secrets" || st.resource == "configmaps") {
		field = FieldHelm
	}
	if field != "" {
		at(&st.fields, field).add(size)
		return
	}
	sums := map[string]int64{}
	sizer.Fields(key, value, func(name string, n int64) { sums[name] += n })
	for name, n := range sums {
		if n > 0 {
			at(&st.fields, name).add(float64(n))
		}
	}
}

func at(m *map[string]*moments, name string) *moments {
	if *m == nil {
		*m = map[string]*moments{}
	}
	if (*m)[name] == nil {
		(*m)[name] = &moments{}
	}
	return (*m)[name]
}

// total estimates the bytes of the resource.
func (st *stratum) total() (int64, variance) { return st.size.total(st.n, st.size.n) }

// leastInCell is the size of the sample of a namespace from which on its own mean is taken.
const leastInCell = 8

// cell estimates the bytes of the keys that the resource has in a namespace.
func (st *stratum) cell(namespace string, keys int64) (int64, variance) {
	if m := st.cells[namespace]; m != nil && (m.n >= leastInCell || int64(m.n) >= keys) {
		return m.total(keys, m.n)
	}
	n, v := float64(keys), st.size.variance()
	return int64(n * st.size.mean()), variance(n*v + n*n*v/float64(st.size.n)) // what so many of the resource's objects have
}

// moments are the sums of a sample.
type moments struct {
	n       int
	sum, sq float64
	max     float64
}

func (m *moments) add(x float64) { m.n, m.sum, m.sq, m.max = m.n+1, m.sum+x, m.sq+x*x, max(m.max, x) }

func (m *moments) mean() float64 {
	if m.n == 0 {
		return 0
	}
	return m.sum / float64(m.n)
}

func (m *moments) variance() float64 { return m.of(m.n) }

// of is the variance of a sample of so many, of which those that were not added are 0. It is that of the sample with its largest
// value in it once more: of the few that are much larger than the others a sample may have met too few.
func (m *moments) of(n int) float64 {
	k := float64(n + 1)
	mean := (m.sum + m.max) / k
	return max(m.sq+m.max*m.max-k*mean*mean, 0) / max(k-1, 1)
}

// total estimates the sum over all from a sample of so many, of which those that were not added are 0.
func (m *moments) total(all int64, sampled int) (int64, variance) {
	if sampled == 0 {
		return 0, 0
	}
	n, k := float64(all), float64(sampled)
	left := max(1-k/n, 0)
	return int64(math.Round(n * m.sum / k)), variance(n * n * left * m.of(sampled) / k * small(sampled))
}

// small widens what comes from few: the square of Student's quotient to the normal one at 95 %, about.
func small(n int) float64 {
	if n < 3 {
		return 40
	}
	f := 1 + 1.6/float64(n-2)
	return f * f
}

// variance is that of an estimate.
type variance float64

// sure is how many standard deviations the margin is wide. Sizes are skewed, so that it takes more than the two of a normal
// distribution to be right 19 times in 20.
const sure = 2.8

// margin is how far an estimate may be off.
func (v variance) margin() int64 { return int64(math.Ceil(sure * math.Sqrt(float64(v)))) }

// allocate divides reads among resources: in proportion to how many keys they have and how much these differ.
func allocate(large []*stratum, reads int) []int {
	out, weights, sum := make([]int, len(large)), make([]float64, len(large)), 0.0
	for i, st := range large {
		spread := math.Sqrt(st.size.variance()) + st.size.mean()/2 // the few that are much larger may not have been met
		weights[i] = float64(st.n) * spread
		sum += weights[i]
	}
	for i := range large {
		if sum > 0 && reads > 0 {
			out[i] = int(float64(reads) * weights[i] / sum)
		}
	}
	return out
}
