package health

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

func (a *adviser) certificates() {
	type ends struct {
		what string
		c    etcdsource.Certificate
	}
	var soon []ends
	add := func(what string, c etcdsource.Certificate) {
		if c.NotAfter.Sub(a.r.Time) < expiresSoon && !slices.ContainsFunc(soon, func(e ends) bool { return e.c.Subject == c.Subject && e.c.NotAfter.Equal(c.NotAfter) && e.c.Of == "ca" }) {
			soon = append(soon, ends{what, c})
		}
	}
	for _, c := range a.in.Probe.Certificates {
		add("the "+c.Of+" certificate "+c.File, c)
	}
	for i := range a.r.Rows {
		for _, c := range a.r.Rows[i].Certificates {
			add("the "+c.Of+" certificate of "+a.r.Rows[i].Label(), c)
		}
	}
	if len(soon) == 0 {
		return
	}
	slices.SortStableFunc(soon, func(x, y ends) int { return x.c.NotAfter.Compare(y.c.NotAfter) })
	isCA := func(e ends) bool { return e.c.Of == "ca" }
	ca, others := slices.ContainsFunc(soon, isCA), slices.ContainsFunc(soon, func(e ends) bool { return !isCA(e) })
	title := strings.ToUpper(soon[0].what[:1]) + soon[0].what[1:] + " " + expiry(soon[0].c, a.r.Time)
	if n := len(soon) - 1; n > 0 {
		title += fmt.Sprintf(", and %d more", n)
	}
	why := "When it has expired nothing that uses it connects any more."
	if len(soon) > 1 {
		var more []string
		for _, e := range soon[1:] {
			more = append(more, e.what+" "+expiry(e.c, a.r.Time))
		}
		why += " Also " + list(more) + "."
	}
	var steps []Step
	expired := slices.ContainsFunc(soon, func(e ends) bool { return isCA(e) && e.c.NotAfter.Before(a.r.Time) })
	if others && !expired { // what an expired CA has signed is of no use
		steps = a.renew()
	}
	if ca {
		why += " A CA is not renewed as what it signed is: it is replaced, and then everything that it signed."
		steps = append(steps, a.replaceCA(len(steps) > 0)...)
	}
	a.add("certificate", title, why, steps...)
}

// renew are the steps that renew certificates.
func (a *adviser) renew() []Step {
	switch d := a.in.Site.Distribution; d {
	case "kubeadm":
		return []Step{
			{Say: "On each control-plane node: see what expires when.", Command: "kubeadm certs check-expiration"},
			{Say: "Renew all of the node's certificates.", Command: "kubeadm certs renew all"},
			{Say: "Restart its control plane: move the manifests away, wait 20 s, and move them back; one node at a time.", Command: "mkdir -p /root/manifests && mv /etc/kubernetes/manifests/*.yaml /root/manifests/ && sleep 20 && mv /root/manifests/*.yaml /etc/kubernetes/manifests/"}}
	case "k3s", "rke2":
		unit := map[string]string{"k3s": "k3s", "rke2": "rke2-server"}[d]
		return []Step{{Say: "On each server, one at a time: its start renews what expires within 90 days (older releases)", Command: "systemctl restart " + unit},
			{Say: "or, on newer releases, while it is stopped:", Command: d + " certificate rotate"}}
	}
	return []Step{{Say: "Issue them again with the CA that signed them, and put them in place: etcd reads a renewed file of the same name by itself. Restart the members one by one where a file has another name.", Command: ""}}
}

// expires reports whether a certificate of a member or of this client ends within a time.
func (a *adviser) expires(within time.Duration) bool {
	ends := func(c etcdsource.Certificate) bool { return c.NotAfter.Sub(a.r.Time) < within }
	return slices.ContainsFunc(a.in.Probe.Certificates, ends) || slices.ContainsFunc(a.r.Rows, func(r Row) bool { return slices.ContainsFunc(r.Certificates, ends) })
}

// replaceCA are the steps that replace a CA; later says that others come before them.
func (a *adviser) replaceCA(later bool) []Step {
	before := ""
	if later {
		before = "After that, before the CA expires: "
	}
	switch d := a.in.Site.Distribution; d {
	case "k3s", "rke2":
		return []Step{{Say: begin(before, "Make new CAs (the release has generate-custom-ca-certs.sh for it) in a folder, and hand them over on one server; then restart "+d+" on every server, one at a time, and on every agent."), Command: d + " certificate rotate-ca --path=FOLDER"}}
	}
	return []Step{
		{Say: begin(before, "Make a new CA. Put its certificate beside the old one into each file that members and clients trust (--trusted-ca-file, --peer-trusted-ca-file, and the API servers' --etcd-cafile), and restart them one by one.")},
		{Say: "Then issue the certificates of members, of peers and of clients with the new CA, put them in place, and restart one by one. When all have one, take the old CA out of these files."}}
}

// begin puts words before a sentence, none where there are none.
func begin(words, sentence string) string {
	if words == "" {
		return sentence
	}
	return words + strings.ToLower(sentence[:1]) + sentence[1:]
}
