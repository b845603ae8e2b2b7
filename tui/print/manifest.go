package print

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// pod is the specification of the pod, at the indentation of a Deployment's template.
const pod = `    spec:
      restartPolicy: %[1]s
      automountServiceAccountToken: false
      enableServiceLinks: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        runAsGroup: 65532
        fsGroup: 65532
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile:
          type: RuntimeDefault
      containers:
      - name: etcdscope
        image: etcdscope # an image of yours that holds the static binary
        command: [etcdscope]
        args:
%[2]s        envFrom:
        - secretRef:
            name: etcdscope-backup
        env:
        - name: XDG_STATE_HOME
          value: /tmp
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities:
            drop: [ALL]
        resources:
          requests:
            cpu: 100m
            memory: 256Mi
          limits:
            memory: 1Gi
        volumeMounts:
        - name: tls
          mountPath: /etc/etcdscope/tls
          readOnly: true
        - name: tmp
          mountPath: /tmp
%[3]s      volumes:
      - name: tls
        secret:
          secretName: etcdscope-backup-tls
          defaultMode: 0440
      - name: tmp
        emptyDir:
          sizeLimit: %[5]s
%[4]s`

const manifestHead = `# What is secret is in two Secrets of the same namespace, and nowhere here:
#   etcdscope-backup      ETCDCTL_ENDPOINTS; ETCDCTL_USER and ETCDCTL_PASSWORD where the etcd asks for them; AWS_ACCESS_KEY_ID and
#                         AWS_SECRET_ACCESS_KEY for a bucket
#   etcdscope-backup-tls  ca.crt, tls.crt and tls.key: the client certificate of etcd
# Who may read the backups may read every Secret of the cluster. Keep this namespace for administrators only.
`

// manifest is a CronJob, or with deltas a Deployment: these need one process that stays.
func (d *deployment) manifest() (string, error) {
	const tls = "/etc/etcdscope/tls/"
	flags := []string{"--cacert=" + tls + "ca.crt", "--cert=" + tls + "tls.crt", "--key=" + tls + "tls.key"}
	for _, f := range d.flags {
		if name, _, _ := strings.Cut(strings.TrimPrefix(f, "--"), "="); !contains("cacert cert key etcd", name) { // these are of this machine
			flags = append(flags, f)
		}
	}
	d.flags = flags
	mount, volume := "", ""
	if !d.bucket {
		mount = fmt.Sprintf("        - name: backups\n          mountPath: %s\n", strconv.Quote(d.place))
		volume = "      - name: backups\n        persistentVolumeClaim:\n          claimName: etcdscope-backup\n"
	}
	room := "64Mi # of what it keeps of backups; they are made where they stay"
	if d.bucket {
		room = "9Gi # a backup is made here before it is uploaded: the 8 GiB that an etcd has at most by default, and some"
	}
	args := ""
	for _, a := range d.args() {
		args += "        - " + strconv.Quote(strings.ReplaceAll(a, "$(", "$$(")) + "\n"
	}
	if d.o.Delta > 0 {
		return manifestHead + deploymentHead + fmt.Sprintf(pod, "Always", args, mount, volume, room), nil
	}
	at, ok := cron(d.o.Every)
	if !ok {
		return "", usage("print a CronJob for --every %s: cron has no such period; give one that divides an hour or a day, as 15m, 6h, 1d, or 7d", clean.Key([]byte(d.again.every)))
	}
	return manifestHead + fmt.Sprintf(cronJobHead, at) + indent(fmt.Sprintf(pod, "Never", args, mount, volume, room), "    "), nil
}

// deploymentHead and cronJobHead are what comes before the specification of the pod.
const (
	deploymentHead = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: etcdscope-backup
  labels:
    app.kubernetes.io/name: etcdscope-backup
spec:
  replicas: 1
  strategy:
    type: Recreate
  selector:
    matchLabels:
      app.kubernetes.io/name: etcdscope-backup
  template:
    metadata:
      labels:
        app.kubernetes.io/name: etcdscope-backup
`
	cronJobHead = `apiVersion: batch/v1
kind: CronJob
metadata:
  name: etcdscope-backup
  labels:
    app.kubernetes.io/name: etcdscope-backup
spec:
  schedule: "%s"
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      backoffLimit: 5 # its waits are longer together than the lock of a killed run in a bucket holds
      activeDeadlineSeconds: 7200
      template:
        metadata:
          labels:
            app.kubernetes.io/name: etcdscope-backup
`
)

func indent(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+by) + "\n"
}

// cron is a period as cron writes it, not at the full hour, when everybody's jobs begin.
func cron(every time.Duration) (string, bool) {
	day := 24 * time.Hour
	switch {
	case every == 7*day:
		return "17 2 * * 0", true
	case every == day:
		return "17 2 * * *", true
	case every == time.Hour:
		return "17 * * * *", true
	case every%time.Hour == 0 && day%every == 0:
		return fmt.Sprintf("17 */%d * * *", int(every.Hours())), true
	case every%time.Minute == 0 && time.Hour%every == 0:
		return fmt.Sprintf("*/%d * * * *", int(every.Minutes())), true
	}
	return "", false
}
