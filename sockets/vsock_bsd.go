//go:build darwin || freebsd

package sockets

import "golang.org/x/sys/unix"

const afVsock = -1 // there is none, or none that we use

func (vmAddr) sockaddr() (unix.Sockaddr, error) { return nil, unix.EAFNOSUPPORT }

func fromVsock(unix.Sockaddr) Addr { return Addr{} }
