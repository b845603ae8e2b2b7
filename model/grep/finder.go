package grep

import "bytes"

// finder finds a text in stored bytes by the rarest byte of the text.
//
// bytes.Index goes by the first byte, and a letter such as 'e' or 'n' is every twentieth byte of a stored value. With fold both
// cases of the rarest byte are looked for, so that nothing is copied.
type finder struct {
	text []byte // in small letters with fold
	at   int    // of the rarest byte in text
	low  byte   // that byte
	up   byte   // its capital with fold, else the byte itself
	fold bool
}

// common are the printable bytes of stored values, the most frequent first.
const common = "\"et:asorin}{pclfdum,b-1.2\\kh8g504vy96/3wx7TBP(j)_V ARqFCM][NISEZU*z=GDQOJL$W+YXKH%&`!'@;?|^<>#~"

// rarity is the rank of each byte in common; bytes that are not printable come behind all of these.
var rarity = func() (list [256]int) {
	for i := range list {
		list[i] = len(common)
	}
	for i := range len(common) {
		list[common[i]] = i
	}
	return list
}()

func newFinder(text string, fold bool) finder {
	f := finder{text: []byte(text), fold: fold}
	best := -1
	for i, c := range f.text {
		rare := rarity[c]
		if fold {
			rare = min(rare, rarity[capital(c)])
		}
		if rare > best {
			best, f.at = rare, i
		}
	}
	if len(text) > 0 {
		f.low, f.up = f.text[f.at], f.text[f.at]
	}
	if fold {
		f.up = capital(f.low)
	}
	return f
}

func capital(c byte) byte {
	if c-'a' < 26 {
		return c - 'a' + 'A'
	}
	return c
}

// in reports whether b holds the text.
func (f *finder) in(b []byte) bool {
	if len(b) < len(f.text) {
		return false
	}
	if len(f.text) == 0 {
		return true
	}
	hay := b[f.at : len(b)-len(f.text)+f.at+1] // where the rarest byte is in a text that lies in b as a whole
	if f.at > 0 || f.fold {
		return f.passes(b, hay, f.low) || f.up != f.low && f.passes(b, hay, f.up)
	}
	return bytes.Contains(b, f.text) // what Index does is this
}

// passes reports whether the text is at one of the places of a byte.
func (f *finder) passes(b, hay []byte, c byte) bool {
	misses := 0
	for i := 0; ; i++ {
		j := bytes.IndexByte(hay[i:], c)
		if j < 0 {
			return false
		}
		if i += j; f.equal(b[i:]) {
			return true
		}
		if misses++; !f.fold && misses > 4+i/16 {
			return bytes.Contains(b[i+1:], f.text) // the byte is not rare here
		}
	}
}

// equal reports whether b begins with the text.
func (f *finder) equal(b []byte) bool {
	b = b[:len(f.text)]
	if !f.fold {
		return bytes.Equal(b, f.text)
	}
	for i, c := range f.text {
		d := b[i]
		if d-'A' < 26 {
			d += 'a' - 'A'
		}
		if c != d {
			return false
		}
	}
	return true
}
