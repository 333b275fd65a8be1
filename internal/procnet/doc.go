// Package procnet reads what the machine knows about its sockets: which exist, which processes
// have them open, which route leads to an address, and which addresses are local.
//
// On Linux it asks the kernel by netlink (sock_diag(7), rtnetlink(7)), reads /proc/net where netlink
// is refused, and finds processes in /proc. On other systems, Sockets, Owners and NeighbourState
// fail with [errors.ErrUnsupported]. It sends nothing to the network, and starts no goroutine. Each
// call ends with its context, and what it returns is bounded.
//
// Names of processes, command lines and paths are chosen by other users: they must be escaped
// before they are shown. The package imports nothing of sosh, and knows no handles. Everything may
// be used concurrently.
package procnet
