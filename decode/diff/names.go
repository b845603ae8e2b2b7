package diff

// Names walks down an object's type beside its tree and says how the items of lists are named, so that whoever shows
// two versions pairs the items as Trees does. The zero Names knows nothing but the well known fields.
type Names struct{ t *listType }

// Of returns the names at the root of an object; either tree may be nil.
func (l Lists) Of(before, after map[string]any) Names { return Names{l.root(before, after)} }

// Field goes to the field of a map.
func (n Names) Field(name string) Names { return Names{n.t.field(name)} }

// Item goes to the items of a list.
func (n Names) Item() Names { return Names{n.t.item()} }

// Items returns the names of the items of two lists as they are between the brackets of a Path ("name=web"); ok is
// false where only their position names them.
func (n Names) Items(before, after []any) (x, y []string, ok bool) {
	keys, x, y := n.t.identify(before, after)
	return x, y, keys != nil
}
