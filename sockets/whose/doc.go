// Package whose says who has a socket: a handle of this program, or a process of the machine.
// With that it lists listeners, finds both ends of a connection, and makes hints for errors that
// depend on the machine, such as an address in use or a connection refused.
//
// It looks at the machine only when it is called, and a hint takes at most [Limit]. Names of processes and paths
// in its texts are quoted by [show.Name]; the texts must still pass internal/show, as every text
// must. It imports sockets, internal/procnet and internal/show; it knows no Lua and no terminal.
// Everything may be used concurrently.
package whose
