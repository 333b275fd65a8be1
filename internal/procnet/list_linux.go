package procnet

import (
	"context"
	"os"

	"golang.org/x/sys/unix"
)

// Sockets returns the sockets of the machine, or of the network namespace, that q selects. If ctx
// ends first, it returns those that it has found, and the error of ctx.
func Sockets(ctx context.Context, q Query) (list []Socket, err error) {
	each := func(s Socket) bool {
		if q.selects(&s) {
			list = append(list, s)
		}
		return len(list) < maxSockets
	}
	for _, network := range q.Networks {
		if network == "unix" {
			err = orText(unixSockets(ctx, &q, each), func() error { return textSockets(network, "", each) })
		} else {
			for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
				digit := map[uint8]string{unix.AF_INET6: "6"}[family]
				err = orText(inetSockets(ctx, network, family, &q, each), func() error { return textSockets(network, digit, each) })
				if err != nil {
					break
				}
			}
		}
		if err != nil {
			return list, err
		}
	}
	return list, nil
}

// orText returns err, or what text returns if the kernel has refused netlink: a container may not
// allow it, and a kernel may have no module for the protocol.
func orText(err error, text func() error) error {
	if _, refused := err.(unix.Errno); !refused {
		return err
	}
	return text()
}

// textSockets reads a file of /proc/net. A file that is missing, as tcp6 without IPv6, lists no
// sockets.
func textSockets(network, digit string, each func(Socket) bool) error {
	f, err := os.Open("/proc/net/" + network + digit)
	switch {
	case os.IsNotExist(err):
		return nil
	case err != nil:
		return err
	}
	defer f.Close()
	if network == "unix" {
		return readUnix(f, each)
	}
	return readInet(f, network, each)
}
