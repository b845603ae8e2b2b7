package decode

// Table returns what the columns of a table are filled from, nil where the value could not be decoded as what it is: then
// no cell knows anything, though some of it may be shown. Values of Secrets are masked; their number is not.
func (o *Object) Table() map[string]any {
	if o == nil || o.numbered {
		return nil
	}
	return o.Tree(View{})
}
