package snapfile

import (
	"context"
	"os"
)

// OpenFile opens a snapshot, not a packed one, that the caller has open already and that need not have a name any
// more. The file is the Source's from now on and is closed with it, also where it cannot be opened. name is what
// Info.Name and errors call it.
func OpenFile(ctx context.Context, f *os.File, name string, o Options) (*Source, error) {
	s := &Source{path: name, name: name, file: f, stop: func() {}}
	err := s.openFile(ctx, o)
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Source) openFile(ctx context.Context, o Options) error {
	st, err := s.file.Stat()
	if err != nil {
		return problem(s.name, plain(err), "", err)
	}
	if s.size = st.Size(); s.size == 0 {
		return problem(s.name, "the file is empty", "", nil)
	}
	head, err := readHead(s.file, s.size)
	if err != nil {
		return problem(s.name, "cannot read it: "+plain(err), "", err)
	}
	if kind, say := sniff(head); kind != bolt {
		return problem(s.name, "it is no etcd snapshot: "+say, "", nil)
	}
	return s.load(ctx, s.name, o)
}
