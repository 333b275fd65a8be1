// Package recording defines the events of a recording and their JSON format.
//
// A recording is the stream of events of a table of handles: their creation, the data they
// sent and received, and how they ended. All other formats are made from this stream: a
// capture, a timeline, a Lua test, a replay of one side.
//
// It imports no other package of this module, and starts no goroutine.
package recording

import "time"

// Version is the version of the JSON lines. It changes when a reader of an older version
// would misunderstand them; new fields and types of event do not change it.
const Version = 1

// A Type is the type of an event.
type Type string

// The types of event.
const (
	Made      Type = "made"      // a handle was made, by socket or a call that includes it
	Bound     Type = "bound"     // it was bound to Local
	Listening Type = "listening" // it listens at Local
	Connected Type = "connected" // it is connected from Local to Peer
	Accepted  Type = "accepted"  // it was made by accept; Parent is the listener
	Data      Type = "data"      // it received Data
	Sent      Type = "sent"      // it sent Data
	HalfClose Type = "halfclose" // its sending side was shut down here
	EOF       Type = "eof"       // the peer ended its side
	Reset     Type = "reset"     // the peer reset the connection, or it was reset here (Text is "here")
	ICMP      Type = "icmp"      // an ICMP error came for a datagram it sent
	Failed    Type = "error"     // a call failed; Op is the call and Error the cause
	Closed    Type = "closed"    // it was closed here

	TLS    Type = "tls"    // a handshake of TLS or DTLS ended: TLS has its outcome, or Error why it failed
	Wire   Type = "wire"   // ciphertext of TLS or DTLS below the handle: Data, in the direction of Out
	Secret Type = "secret" // Text is one line of the key log of its TLS or DTLS session

	TestBegan Type = "testbegan" // Test begins
	TestEnded Type = "testended" // Test ended; Error says why it failed
	Check     Type = "check"     // a check of Test failed; Error says how
	Output    Type = "output"    // the program named by Handle wrote Data, to stdout if Out
	Note      Type = "note"      // Text is a remark of the recording program
	Gap       Type = "gap"       // of captures: N bytes of the stream, in the direction of Out, were not captured
	Lost      Type = "lost"      // N events before this one were not recorded
)

// An Event is one event of a recording. Fields that its type does not use are zero.
type Event struct {
	// ID is the event's position in the recording, counted from 1. Readers set it; it is
	// not in the file.
	ID int `json:"-"`
	// Time is the time since the start of the recording, by a monotonic clock.
	Time time.Duration
	Type Type

	// Handle is the handle's name. Number identifies it among handles of the same name: handles
	// are numbered from 1 in the order in which the recording first names them. Kind is the
	// kind of handle, such as tcp4.
	Handle string
	Number int
	Kind   string
	Parent string // of accepted, and of peers of a served datagram handle: the listener's name

	// Local and Peer are the addresses, as the handle shows them: 127.0.0.1:80, [::1]:80, the
	// path of a unix socket. Of datagrams, Peer is the sender or the receiver.
	Local, Peer string

	// Own is set in connected and accepted of unix sockets, whose addresses do not show it: the
	// peer is a socket of the same process.
	Own bool

	Data []byte // of data, sent, wire and output
	Cut  bool   // of data: the datagram was longer than what was read
	Out  bool   // of wire and gap: it was sent; of output: stdout

	Op    string // of error: the call
	Error string // the cause, as text
	Fault string // of sent: what the handle's faults did, such as dropped
	Text  string // of secret and note; of testended, "skipped: " and why, if the test was skipped
	N     int    // of lost: events; of gap: bytes
	Test  string // of events of tests: its name, with its file where the recording has several

	TLS *TLSInfo // of tls
}

// TLSInfo is the outcome of a handshake.
type TLSInfo struct {
	Version string `json:"version"`          // such as TLS 1.3
	Cipher  string `json:"cipher"`           // the name of the cipher suite
	ALPN    string `json:"alpn,omitempty"`   // the protocol agreed on
	Name    string `json:"name,omitempty"`   // the server's name, as the client sent it
	Peer    string `json:"peer,omitempty"`   // the subject of the peer's certificate
	Server  bool   `json:"server,omitempty"` // the handle was the server
}

// A Header is the first line of a recording.
type Header struct {
	Version int       // of the schema
	Program string    // what recorded, such as sosh 0.1.0
	Start   time.Time // the time of day at which event times are 0
}

// A Writer writes a recording in one form. Its methods are called by one goroutine.
type Writer interface {
	// Write writes an event.
	Write(Event) error
	// Flush hands everything written so far to the file.
	Flush() error
	// Close writes what is missing and flushes; it does not close the file.
	Close() error
}
