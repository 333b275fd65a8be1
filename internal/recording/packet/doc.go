// Package packet reads and writes captures (pcap and pcapng), and the headers of their packets:
// link layer, IP, TCP, UDP and ICMP. It has only what recordings need.
//
// Readers accept any file: a length in the file is not trusted until that many bytes have been
// read, and the memory that they use is bounded. The package imports no other package of this module, starts no
// goroutine, and its types must not be used concurrently.
package packet

// A LinkType says which header a packet of a capture begins with
// (https://www.tcpdump.org/linktypes.html).
type LinkType uint32

// The link types whose IP packets can be read.
const (
	LinkNull     LinkType = 0   // BSD loopback: the address family in the byte order of the machine
	LinkEthernet LinkType = 1   // Ethernet, with or without VLAN tags
	LinkRaw      LinkType = 101 // IP
	LinkLoop     LinkType = 108 // OpenBSD loopback: the address family in network byte order
	LinkSLL      LinkType = 113 // Linux cooked capture, of the interface "any"
	LinkIPv4     LinkType = 228
	LinkIPv6     LinkType = 229
	LinkSLL2     LinkType = 276 // Linux cooked capture v2

	linkRaw12 LinkType = 12 // what some systems call LinkRaw in a file
	linkRaw14 LinkType = 14
)

// Numbers of protocols in IP (https://www.iana.org/assignments/protocol-numbers).
const (
	ICMP   = 1
	TCP    = 6
	UDP    = 17
	ICMPv6 = 58
)
