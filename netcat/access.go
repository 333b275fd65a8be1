package netcat

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"sosh/internal/hostset"
	"sosh/sockets"
)

// access says which clients a listener serves: if there is an allow list, only its hosts;
// and never a host on the deny list.
type access struct {
	allowing    bool
	allow, deny hostset.Set
}

// newAccess reads the lists in the flags, and in the files named by flags.
func newAccess(n *netcat) (*access, error) {
	a := &access{}
	o := n.opt
	for _, l := range []struct {
		list []string
		file string
		into *hostset.Set
	}{{o.allow, o.allowFile, &a.allow}, {o.deny, o.denyFile, &a.deny}} {
		list := l.list
		if l.file != "" {
			b, err := os.ReadFile(l.file)
			if err != nil {
				return nil, n.dialect.unreadable(l.file, err)
			}
			for line := range strings.Lines(string(b)) {
				line, _, _ = strings.Cut(line, "#")
				list = append(list, strings.Fields(line)...)
			}
		}
		for _, text := range list {
			set, err := hostset.Parse(text, func(host string) ([]netip.Addr, error) { return n.resolve(context.Background(), host) })
			if err != nil {
				return nil, &failure{status: 2, text: fmt.Sprintf("Ncat: error in host specification %s. QUITTING.", err)}
			}
			*l.into = append(*l.into, set...)
		}
	}
	a.allowing = len(o.allow) > 0 || o.allowFile != ""
	return a, nil
}

// admitsAddr reports whether a peer may be served.
func (a *access) admitsAddr(peer sockets.Addr) bool {
	if !peer.IP.IsValid() {
		return true // a client on this machine, by a unix socket
	}
	ip := peer.IP.Addr()
	return !a.deny.Contains(ip) && (!a.allowing || a.allow.Contains(ip))
}
