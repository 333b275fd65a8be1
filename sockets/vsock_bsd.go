//go:build darwin || freebsd

package sockets

import "golang.org/x/sys/unix"

func (vmAddr) sockaddr() (unix.Sockaddr, error) { return nil, unix.EAFNOSUPPORT }

func fromVsock(unix.Sockaddr) Addr { return Addr{} }
