package sockets

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A vmAddr is the address of a vsock socket (vsock(7)): the context identifier (CID) of
// a virtual machine or of its host, and a port.
type vmAddr struct{ cid, port uint32 }

const (
	anyCID  = math.MaxUint32 // VMADDR_CID_ANY
	anyPort = math.MaxUint32 // VMADDR_PORT_ANY
)

// cidNames are the CIDs that have names in vsock(7).
var cidNames = map[string]uint32{"hypervisor": 0, "local": 1, "host": 2, "any": anyCID, "*": anyCID}

// parseVsock reads CID:PORT. As with IP, an empty CID is any of this machine if passive
// (bind), and this machine itself otherwise. For bind, port 0 is a free port, which for
// the system is the largest number.
func parseVsock(s string, passive bool) (Addr, error) {
	const expected = "expected CID:PORT, a number or any, local, host, hypervisor, and a port, 0 to 4294967295"
	host, service, ok := strings.Cut(s, ":")
	if !ok || service == "" {
		return Addr{}, fmt.Errorf("address %q has no port (%s)", s, expected)
	}
	if host == "" && passive {
		host = "any"
	} else if host == "" {
		host = "local"
	}
	cid, ok := cidNames[host]
	if !ok {
		n, err := strconv.ParseUint(host, 10, 32)
		if err != nil {
			return Addr{}, fmt.Errorf("no CID %q (%s)", host, expected)
		}
		cid = uint32(n)
	}
	port, err := strconv.ParseUint(service, 10, 32)
	if err != nil {
		return Addr{}, fmt.Errorf("no vsock port %q (%s)", service, expected)
	}
	if port == 0 && passive {
		port = anyPort
	}
	return Addr{vm: vmAddr{cid, uint32(port)}, kind: addrVsock}, nil
}
