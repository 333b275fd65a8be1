package sockets

import "golang.org/x/sys/unix"

func (a vmAddr) sockaddr() (unix.Sockaddr, error) {
	return &unix.SockaddrVM{CID: a.cid, Port: a.port}, nil
}

// fromVsock returns the address of a vsock socket, or the zero Addr.
func fromVsock(sa unix.Sockaddr) Addr {
	if sa, ok := sa.(*unix.SockaddrVM); ok {
		return Addr{vm: vmAddr{sa.CID, sa.Port}, kind: addrVsock}
	}
	return Addr{}
}
