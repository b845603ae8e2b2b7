package print

import (
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// put writes an object; @ in the text only makes it shorter to write: it is replaced by a head.
func put(key, apiVersion, kind, meta, rest string) sourcetest.Op {
	ns, name := "", key[strings.LastIndexByte(key, '/')+1:]
	if p := strings.Split(key, "/"); len(p) > 4 && kind != "CustomResourceDefinition" {
		ns = `"namespace":"` + p[len(p)-2] + `",`
	}
	if meta != "" {
		meta = "," + meta
	}
	uid := name
	if kind == "Lease" || ns == `"namespace":"other",` { // uids are unique, names are not
		uid = strings.ToLower(kind) + "-" + name
	}
	return sourcetest.Put(key, `{"apiVersion":"`+apiVersion+`","kind":"`+kind+`","metadata":{`+ns+`"name":"`+name+`","uid":"uid-`+uid+
		`","creationTimestamp":"2026-01-02T03:04:05Z"`+meta+`}`+rest+`}`)
}

const (
	podKey    = "/registry/pods/demo/nginx"
	secretKey = "/registry/secrets/demo/creds"
	widgetKey = "/registry/shop.example.com/widgets/demo/alpha"
	crdKey    = "/registry/apiextensions.k8s.io/customresourcedefinitions/widgets.shop.example.com"
	leaseKey  = "/registry/leases/kube-node-lease/node-a"
	oddKey    = "odd/\xff\x1b[31m"
)

// cluster is a small store: revision 2 is its first line.
func cluster() []sourcetest.Op {
	pod := func(meta, rest string) sourcetest.Op {
		return put(podKey, "v1", "Pod", meta, rest)
	}
	web := `"containers":[{"name":"web","image":"nginx:1.27"}]`
	return []sourcetest.Op{
		put(crdKey, "apiextensions.k8s.io/v1", "CustomResourceDefinition", "", `,"spec":{"group":"shop.example.com","scope":"Namespaced",
			"names":{"plural":"widgets","singular":"widget","kind":"Widget","shortNames":["wd"]},"versions":[{"name":"v1","served":true,"storage":true,
			"additionalPrinterColumns":[{"name":"Size","type":"integer","jsonPath":".spec.size"},{"name":"Note","type":"string","jsonPath":".spec.note","priority":1}]}]}`),
		put("/registry/namespaces/demo", "v1", "Namespace", "", `,"status":{"phase":"Active"}`), // 3
		pod("", `,"spec":{`+web+`}`), // 4
		put("/registry/minions/node-a", "v1", "Node", "", `,"status":{"conditions":[{"type":"Ready","status":"True"}]}`),                                 // 5
		pod("", `,"spec":{`+web+`,"nodeName":"node-a"}`),                                                                                                 // 6
		pod("", `,"spec":{`+web+`,"nodeName":"node-a"},"status":{"phase":"Running","containerStatuses":[{"name":"web","ready":true,"restartCount":2}]}`), // 7
		put(secretKey, "v1", "Secret", "", `,"type":"Opaque","data":{"password":"aHVudGVyMi1vbGQ="}`),                                                    // 8
		put(secretKey, "v1", "Secret", "", `,"type":"Opaque","data":{"password":"aHVudGVyMi1uZXc="}`),                                                    // 9
		put(widgetKey, "shop.example.com/v1", "Widget", "", `,"spec":{"size":9007199254740993,"note":"a\u001b[2Jb"}`),                                    // 10
		put(leaseKey, "coordination.k8s.io/v1", "Lease", "", `,"spec":{"holderIdentity":"node-a","renewTime":"2026-01-02T03:14:05.000000Z"}`),            // 11
		put(leaseKey, "coordination.k8s.io/v1", "Lease", "", `,"spec":{"holderIdentity":"node-a","renewTime":"2026-01-02T03:15:05.000000Z"}`),            // 12
		sourcetest.Delete(widgetKey),             // 13
		sourcetest.Put("compact_rev_key", "5"),   // 14
		sourcetest.Put(oddKey, "\x1b]0;title\a"), // 15
		{{Key: []byte("two/a"), Value: []byte("1")}, {Key: []byte("two/b"), Value: []byte("2")}},                                                    // 16
		put("/registry/pods/demo/web", "v1", "Pod", `"deletionTimestamp":"2026-01-02T03:15:00Z"`, `,"spec":{`+web+`},"status":{"phase":"Running"}`), // 17
		put("/registry/pods/other/web", "v1", "Pod", "", `,"spec":{`+web+`},"status":{"phase":"Pending"}`),                                          // 18
		sourcetest.Delete("two/a"), // 19
	}
}
