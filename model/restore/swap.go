package restore

import (
	"slices"
	"strings"
)

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

// then does another after this one, which is undone before it.
func (s swap) then(next swap) swap {
	return swap{do: slices.Concat(s.do, next.do), undo: slices.Concat(next.undo, s.undo)}
}

// aside puts a folder to the side: it is renamed, or where that cannot be, as it is a mount point, what is in it is moved. The
// way back does nothing where there is nothing aside: carried out twice, it must not delete what it brought back.
func (m *maker) aside(dir string) swap {
	old := dir + m.suffix()
	do, back := []string{"mv " + sh(dir) + " " + sh(old)}, []string{"mv " + sh(old) + " " + sh(dir)}
	if m.mounted(dir) {
		old = m.within(dir)
		do, back = []string{"mkdir -m 0700 " + sh(old), m.besides(dir) + "mv -t " + sh(old) + " {} +"}, []string{contents(old, dir), "rmdir " + sh(old)}
	}
	return swap{do: do, undo: []string{"if [ -e " + sh(old) + " ]; then", indented(append(m.clear(dir), back...)), "fi"}}
}

// indented joins the lines of a block.
func indented(l []string) string { return "  " + strings.Join(l, "\n  ") }

// within is the folder in a mount point for what was in it.
func (m *maker) within(dir string) string { return dir + "/" + m.suffix()[1:] }

// besides finds what is in a mount point beside that folder.
func (m *maker) besides(dir string) string {
	return "find " + sh(dir) + " -mindepth 1 -maxdepth 1 ! -path " + sh(m.within(dir)) + " ! -name lost+found -exec "
}

// clear deletes a folder that was made, or what is new in one that is a mount point. The volume of etcd's directory, with
// the old data on it, is unmounted before.
func (m *maker) clear(dir string) (out []string) {
	if m.f.Node.Data.Mounted && dir != m.DataDir {
		out = append(out, m.off())
	}
	if m.mounted(dir) {
		return append(out, m.besides(dir)+"rm -rf --one-file-system {} +")
	}
	return append(out, "rm -rf --one-file-system "+sh(dir))
}

// off unmounts the volume of etcd's directory where it is mounted.
func (m *maker) off() string {
	return "if mountpoint -q " + sh(m.DataDir) + "; then umount " + sh(m.DataDir) + "; fi"
}

// contents moves what is in a folder into another.
func contents(from, to string) string {
	return "find " + sh(from) + " -mindepth 1 -maxdepth 1 -exec mv -t " + sh(to) + " {} +"
}

// mounted reports whether a folder is a mount point, as far as that is known.
func (m *maker) mounted(dir string) bool {
	return m.f.Node.Data.Mounted && dir == m.DataDir || slices.Contains(m.f.Node.Data.Mounts, dir)
}

// unmount takes the volume of a data directory away, so that the distribution's own command can rename the directory or
// find it empty.
func (m *maker) unmount() swap {
	return swap{do: []string{"findmnt -n -o SOURCE " + sh(m.DataDir) + " > " + sh(m.volume()), "umount " + sh(m.DataDir)}, undo: []string{m.mount()}}
}

// mount brings it back.
func (m *maker) mount() string {
	dir := sh(m.DataDir)
	return "mountpoint -q " + dir + " || mount " + dir + ` || mount "$(cat ` + sh(m.volume()) + `)" ` + dir
}

// volume is the file in which the device of an unmounted data directory is noted.
func (m *maker) volume() string { return m.writable() + "/etcd-volume" + m.suffix() }

// moveToVolume moves what was restored without the volume onto it; what it has stays in a folder there.
func (m *maker) moveToVolume() swap {
	restored := m.DataDir + ".restored"
	s := swap{do: []string{"mv " + sh(m.DataDir) + " " + sh(restored), "mkdir -m 0700 " + sh(m.DataDir), m.mount()}, undo: []string{m.off()}}.then(m.aside(m.DataDir))
	s.do = append(s.do, contents(restored, m.DataDir), "chown --reference="+sh(restored)+" "+sh(m.DataDir), "chmod 0700 "+sh(m.DataDir), "rmdir "+sh(restored))
	return s
}
