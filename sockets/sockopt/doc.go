// Package sockopt is the table of socket options: their names, what they do, how their
// values are spelt, on which sockets of which system they exist, and how to set and read
// them on a descriptor.
//
//   - [All] and [Lookup] give rows of the table; an [Option] is one row. [Option.Set] and
//     [Option.Get] are setsockopt(2) and getsockopt(2).
//   - [Changed] lists the options of a socket that differ from those of a new one.
//   - [SetRaw] and [GetRaw] reach any option, by numbers that [ParseConstant] reads.
//
// It knows descriptors, not handles: package sockets keeps the descriptor open during
// the call and adds the handle's name to an error. It imports nothing of sosh but
// internal/show and starts no goroutine. Everything may be used concurrently.
package sockopt
