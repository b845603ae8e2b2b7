package live

// ClusterID returns the ID of the cluster that was opened, 0 where the server names none.
func (s *Source) ClusterID() uint64 { return s.dial.id.cluster.Load() }
