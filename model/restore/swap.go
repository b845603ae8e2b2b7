package restore

// swap is what puts something new into the place of something old, which stays, and the way back.
type swap struct{ do, undo []string }

// swapStep puts the new data directory into the place of the old one, which stays.
func (m *maker) swapStep(x *Member) {
	data, title, why := &m.f.Node.Data, "Rename the old data directory, and move the new one in", "the old one is the way back: keep it until all is well"
	s := m.rename(m.DataDir, m.restored())
	if data.Mounted {
		s = m.moveMember()
		title, why = "Rename the old member directory, and move the new one in", m.DataDir+" is a mount point, which cannot be renamed: what is in it is; "+why
	} else if !data.There && m.f.Node.Here && x.Here {
		s.do, s.undo = s.do[1:], s.undo[:1]
	}
	switch w := data.WALDir; {
	case w == "":
	case data.WALMounted:
		s.add(m.moveLogs())
		why = w + " is a mount point, which cannot be renamed: what is in it is moved; " + why
	default:
		s.add(m.rename(w, m.restoredWAL()))
	}
	s.do = append(s.do, "chown -R "+sh(m.Owner)+" "+sh(m.DataDir), "chmod 0700 "+sh(m.DataDir))
	m.add(Step{Node: x.Node, Title: title, Command: lines(s.do...), Why: why, Undo: lines(s.undo...), Mistake: "deleting the old directory: where the restore fails, nothing is left"})
}

func (s *swap) add(next swap) { s.do, s.undo = append(s.do, next.do...), append(s.undo, next.undo...) }

// rename renames a directory, and gives its name to another.
func (m *maker) rename(dir, restored string) swap {
	old := dir + m.suffix()
	return swap{do: []string{moveIfThere(dir, old), "mv " + sh(restored) + " " + sh(dir)},
		undo: []string{"mv " + sh(dir) + " " + sh(restored), "mv " + sh(old) + " " + sh(dir)}}
}

// moveMember renames what is in a data directory that is a mount point.
func (m *maker) moveMember() swap {
	member, old, restored := m.DataDir+"/member", m.DataDir+"/member"+m.suffix(), m.restored()
	return swap{do: []string{moveIfThere(member, old), "mv " + sh(restored+"/member") + " " + sh(member), "rmdir " + sh(restored)},
		undo: []string{"mkdir -m 0700 " + sh(restored), "mv " + sh(member) + " " + sh(restored+"/member"), moveIfThere(old, member)}}
}

// moveLogs moves the files of a WAL directory that is a mount point.
func (m *maker) moveLogs() swap {
	dir, restored := m.f.Node.Data.WALDir, m.restoredWAL()
	old := dir + "/" + m.suffix()[1:]
	move := func(from, to string) string {
		return "find " + sh(from) + " -maxdepth 1 -type f -exec mv -t " + sh(to) + " {} +"
	}
	return swap{do: []string{"mkdir -p -m 0700 " + sh(old), move(dir, old), move(restored, dir), "rmdir " + sh(restored)},
		undo: []string{"mkdir -p -m 0700 " + sh(restored), move(dir, restored), move(old, dir), "rmdir " + sh(old)}}
}

// moveIfThere moves a directory that a new machine does not have.
func moveIfThere(from, to string) string {
	return "if [ -e " + sh(from) + " ]; then mv " + sh(from) + " " + sh(to) + "; fi"
}
