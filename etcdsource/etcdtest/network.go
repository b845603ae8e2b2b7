package etcdtest

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"
)

// Network is the members of one cluster, which clients and the members themselves reach through proxies only: the member
// list has the proxies' addresses.
//
//	client ─► Clients[i] ─► member i ─► peers[j] ─► member j
type Network struct {
	Members []*Member
	Clients []*Proxy // before each member, for clients
	peers   []*Proxy // before each member, for the others
	ids     []uint64
}

// NewNetwork starts n members, as Members does.
func NewNetwork(t testing.TB, n int, program string, settings ...map[string]any) *Network {
	t.Helper()
	net, at := &Network{ids: make([]uint64, n)}, make([]addresses, n)
	for i := range n {
		a := addresses{client: Address(t), peer: Address(t)}
		client, peer := NewProxy(t, a.client), NewProxy(t, a.peer)
		net.Clients, net.peers = append(net.Clients, client), append(net.peers, peer)
		a.clientListed, a.peerListed = client.URL, peer.URL
		at[i] = a
	}
	net.Members = startMembers(t, program, at, settings)
	for i, m := range net.Members {
		w := m.Client()
		st, err := w.Status(Within(t, patience), m.URL)
		w.Close()
		if err != nil {
			t.Fatal(err)
		}
		net.ids[i] = st.Header.MemberId
	}
	return net
}

// ID is the ID of a member.
func (n *Network) ID(i int) uint64 { return n.ids[i] }

// Part loses what the members of one side send to the others and are sent by them, until Heal: connections stay open, and
// new ones are accepted.
func (n *Network) Part(side ...int) {
	for to := range n.peers {
		from := func(head []byte) bool {
			i := slices.IndexFunc(n.ids, func(id uint64) bool { return bytes.Contains(head, fmt.Appendf(nil, "X-Server-From: %x\r\n", id)) })
			return i < 0 || slices.Contains(side, i) != slices.Contains(side, to) // without a name it may come from anywhere
		}
		n.peers[to].part(from)
	}
}

// Isolate loses all that members send to each other, until Heal.
func (n *Network) Isolate() {
	for _, p := range n.peers {
		p.Hold()
	}
}

// Delay delays what members send to each other, until Heal.
func (n *Network) Delay(d time.Duration) {
	for _, p := range n.peers {
		p.Delay(d)
	}
}

// Heal ends Part, Isolate and Delay.
func (n *Network) Heal() {
	for _, p := range n.peers {
		p.change(conduct{})
	}
}
