package report

import "strings"

// rowText is what row j of a section says, without its numbers, for the filter.
func (p *Pane) rowText(s Section, j int) string {
	c := p.content
	switch s {
	case Waiting:
		return p.name(c.Waiting[j].Key) + " " + strings.Join(c.Waiting[j].Why, " ")
	case Fights:
		f := &c.Fights[j]
		return strings.Join([]string{p.name(f.Key), f.Path, side(&f.Sides[0]), side(&f.Sides[1])}, " ")
	case Converged:
		return p.name(c.Converged[j].Key) + " " + strings.Join(c.Converged[j].Why, " ")
	case Deleted:
		return p.name(c.Deleted[j].Key) + " " + deletedBy(&c.Deleted[j])
	case Writers:
		return writerName(&c.Writers[j]) + " " + p.name(c.Writers[j].Most.Name)
	case Objects:
		return p.name(c.Objects[j].Name)
	case Clocks:
		return c.Clocks[j].Source
	}
	return c.Fields[j].Name
}

// Part is what report --part calls the list that is shown.
func (p *Pane) Part() string {
	return strings.ReplaceAll(strings.ToLower(names[p.section]), " ", "-")
}
