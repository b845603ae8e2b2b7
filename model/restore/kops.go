package restore

import (
	"path/filepath"
	"regexp"
	"strings"
)

// kopsBackup is the name of a backup in a store of etcd-manager: its time and the sequence of the cluster (etcd-manager
// pkg/backup/vfs.go, AddBackup).
var kopsBackup = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ-[0-9]+$`)

// kopsStore is the backup store of etcd-manager's clusters, in the words of a shell.
type kopsStore struct {
	base string // without the name of a cluster
	set  string // the line that sets it where the node's manifests do not name it, "" where they do
}

// kopsStore returns the store of this node.
func (m *maker) kopsStore() kopsStore {
	s := m.f.Node.BackupStore
	if s == "" {
		return kopsStore{set: "BACKUP_STORE=\"$(grep -o 'backup-store=[^ ]*' /etc/kubernetes/manifests/etcd-main.manifest | head -n 1 | cut -d= -f2- | sed 's,/main$,,')\"\n"}
	}
	if i := strings.LastIndexByte(s, '/'); s[i+1:] == "main" || s[i+1:] == "events" {
		s = s[:i]
	}
	return kopsStore{base: s}
}

// of is a path below the store of a cluster.
func (s kopsStore) of(path string) string {
	if s.base == "" {
		return `"$BACKUP_STORE/` + path + `"`
	}
	return sh(s.base + "/" + path)
}

// manager is a command of etcd-manager-ctl on a cluster's store.
func (s kopsStore) manager(cluster, command string) string {
	return "etcd-manager-ctl --backup-store=" + s.of(cluster) + " " + command
}

// kopsTools copy a file and remove a folder in a store of a kind; "aws" is kOps' usual one, and for a store that is not known.
var kopsTools = map[string][2]string{"file": {"install -D -m 0600", "rm -r"}, "gs": {"gsutil cp", "gsutil rm -r"}, "aws": {"aws s3 cp", "aws s3 rm --recursive"}}

// tool is a command on words of a shell by the tool of the store's kind: 0 copies, 1 removes.
func (s kopsStore) tool(i int, words ...string) string {
	kind, _, _ := strings.Cut(s.base, "://")
	if strings.HasPrefix(s.base, "/") {
		kind = "file"
	} else if _, known := kopsTools[kind]; !known {
		kind = "aws"
	}
	line := kopsTools[kind][i] + " " + strings.Join(words, " ")
	if kind == "file" {
		line = strings.ReplaceAll(line, "file://", "")
	}
	return line
}

// kops orders the restore from etcd-manager, for each of its clusters. A file that is no backup of its store is put there
// first: etcd-manager restores nothing else.
func (m *maker) kops() {
	s, name := m.kopsStore(), filepath.Base(m.folder())
	if !kopsBackup.MatchString(name) {
		name = m.f.Now.UTC().Format("2006-01-02T15:04:05Z") + "-000000"
		m.add(m.kopsPut(s, name))
	}
	for _, cluster := range []string{"main", "events"} {
		dir, pick := sh(name), ""
		if cluster == "events" {
			dir, pick = `"$BACKUP"`, "BACKUP=\"$("+s.manager(cluster, "list-backups")+" | tail -n 1)\"   # the newest; choose the one of the same time\n"
		}
		m.add(Step{Node: m.first(), Title: "Order the restore of " + cluster, Command: s.set + pick + s.manager(cluster, "restore-backup "+dir),
			Why: "etcd-manager reads the order from the store; " + m.NoBump, Undo: "there is none once etcd-manager has begun: save the members' data directories first",
			Mistake: "an order that names a backup which is not there: etcd-manager crashes again and again until it is removed with etcd-manager-ctl delete-command"})
	}
	for i := range m.Members {
		m.add(Step{Node: m.Members[i].Node, Title: "Restart etcd-manager", Command: "crictl ps -q --name 'etcd-manager' | xargs -r crictl stop", Why: "it reads its orders when it starts, and needs all of its peers to act on them: do it on every control-plane host", Undo: "nothing was changed"})
	}
	m.add(Step{Node: m.first(), Title: "Wait until etcd answers", Command: m.untilHealthy("endpoint health"), Why: "it listens on other ports until the restore is done", Undo: "nothing was changed"})
	m.add(Step{Node: m.first(), Title: "Delete the leases of API servers whose hosts are gone", Command: m.deleteLeases(),
		Why: "the addresses of old control-plane hosts come back with the snapshot and break the kubernetes Service", Undo: "API servers that run write their own again within ten seconds"})
}

// kopsPut is the step that makes the file a backup of the store, under a name that no backup has: the data first, the
// description, by which etcd-manager lists backups, last. That is the newest backup's: it names the version of etcd and the
// number of members.
func (m *maker) kopsPut(s kopsStore, name string) Step {
	data := "gzip -c " + sh(m.File.Path)
	if strings.HasSuffix(m.File.Path, ".gz") {
		data = "cat " + sh(m.File.Path)
	}
	dir := m.made("kops-backup.d")
	return Step{Node: m.first(), Title: "Put the file into the backup store of main",
		Command: s.set + lines("install -d -m 0700 "+sh(dir),
			data+" > "+sh(dir+"/etcd.backup.gz"),
			"NEWEST=\"$("+s.manager("main", "list-backups")+" | tail -n 1)\"",
			s.tool(0, s.of("main/")+`"$NEWEST"/_etcd_backup.meta`, sh(dir+"/_etcd_backup.meta")),
			s.tool(0, sh(dir+"/etcd.backup.gz"), s.of("main/"+name+"/etcd.backup.gz")),
			s.tool(0, sh(dir+"/_etcd_backup.meta"), s.of("main/"+name+"/_etcd_backup.meta"))),
		Why:  "etcd-manager restores backups of its own store only, and " + sh(m.base()) + " is not in the layout of one",
		Undo: s.set + lines(s.tool(1, s.of("main/"+name)), "rm -r "+sh(dir))}
}
