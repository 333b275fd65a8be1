package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"sosh/internal/http1"
	"sosh/internal/show"
	"sosh/sockets"
)

// A Protocol is the protocol of a proxy.
type Protocol string

// The protocols. SOCKS4 and SOCKS4A are handled alike: names are sent as in SOCKS4a. For a proxy
// without that, the caller must resolve the name first.
const (
	HTTP    Protocol = "http" // CONNECT
	SOCKS4  Protocol = "socks4"
	SOCKS4A Protocol = "socks4a"
	SOCKS5  Protocol = "socks5"
)

// protocols has the name and the default port of each.
var protocols = map[Protocol]struct{ name, port string }{
	HTTP: {"HTTP", "3128"}, SOCKS4: {"SOCKS4", "1080"}, SOCKS4A: {"SOCKS4", "1080"}, SOCKS5: {"SOCKS5", "1080"},
}

// A Hop is one proxy of a chain.
type Hop struct {
	Protocol   Protocol
	Host, Port string // the host without brackets, the port as a number or a service
}

// An UnknownProtocolError is the error for a proxy with an unknown scheme.
type UnknownProtocolError struct{ Scheme string }

func (e *UnknownProtocolError) Error() string {
	return fmt.Sprintf("unknown proxy protocol %s (expected http, socks4, socks4a or socks5)", show.Quote([]byte(e.Scheme)))
}

// Parse parses a proxy: "PROTOCOL://HOST:PORT", "HOST:PORT" or "HOST". An IPv6 host is in brackets
// if a port follows. The defaults are protocol and its default port. The error is an
// [*UnknownProtocolError].
func Parse(text string, protocol Protocol) (Hop, error) {
	hop := Hop{Protocol: protocol}
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		hop.Protocol, text = Protocol(scheme), rest
	}
	known, ok := protocols[hop.Protocol]
	if !ok {
		return hop, &UnknownProtocolError{string(hop.Protocol)}
	}
	if host, port, err := net.SplitHostPort(text); err == nil {
		hop.Host, hop.Port = host, port
	} else {
		hop.Host, hop.Port = strings.Trim(text, "[]"), known.port
	}
	return hop, nil
}

// Credentials identify a client to a proxy. A SOCKS4 proxy gets only the user.
type Credentials = http1.Credentials

// An Event is a step of a [Dialer].
type Event int

// The events, for [Dialer.Notify].
const (
	RemoteName       Event = iota // a SOCKS proxy gets a name, which it will resolve
	NoAuthentication              // a SOCKS5 proxy requires no authentication
	Connected                     // a SOCKS5 proxy has connected
)

// DefaultAnswerTime is the default time limit for a hop to connect, whatever it sends meanwhile.
// It is longer than the connect timeout of operating systems.
const DefaultAnswerTime = 3 * time.Minute

// A Dialer connects through one or more proxies. It may be used concurrently if its functions may
// be called concurrently.
type Dialer struct {
	Hops []Hop // in the order of the chain

	// First connects to the first hop.
	First func(ctx context.Context, hop Hop) (*sockets.Handle, error)
	// Credentials returns the credentials for a hop, or nil. It is called each time: before
	// the request to a SOCKS proxy, and after the challenge of an HTTP proxy. If the
	// function is nil, there are no credentials.
	Credentials func(hop Hop) (*Credentials, error)
	// Port returns the number of a port, for a SOCKS proxy. If it is nil, ports must be
	// numbers from 1 to 65535.
	Port func(port string) (int, error)
	// Notify is called for each event, with the host concerned. It may be nil.
	Notify func(event Event, host string)
	// AnswerTime is the time limit for each hop to connect; 0 means [DefaultAnswerTime].
	AnswerTime time.Duration
}

// Dial connects to a port of a host. If an HTTP proxy sends a challenge, Dial starts again with the
// answer, and once more if the answer was stale. If a proxy does not connect, the error is an
// [*Error]; errors of the functions of d and of ctx are returned unchanged.
func (d *Dialer) Dial(ctx context.Context, host, port string) (*sockets.Handle, error) {
	answers := make([]string, len(d.Hops)) // the Proxy-Authorization for each hop
	again := make([]bool, len(d.Hops))     // whether a hop has already rejected it as stale
	for {
		h, i, err := d.walk(ctx, answers, host, port)
		var refused *Error
		if !errors.As(err, &refused) || refused.Protocol != HTTP || refused.Code != 407 || refused.Err != nil {
			return h, err
		}
		auth, aerr := d.credentials(d.Hops[i])
		if aerr != nil {
			return nil, aerr
		}
		if auth == nil {
			return nil, err
		}
		toHost, toPort := d.next(i, host, port)
		answer, stale := auth.Answer(refused.Header, "CONNECT", net.JoinHostPort(toHost, toPort))
		if answer == "" || answers[i] != "" && (!stale || again[i]) {
			return nil, err
		}
		again[i] = answers[i] != ""
		answers[i] = answer
	}
}

// next returns the destination for hop i: the next hop, or the host.
func (d *Dialer) next(i int, host, port string) (string, string) {
	if i+1 < len(d.Hops) {
		return d.Hops[i+1].Host, d.Hops[i+1].Port
	}
	return host, port
}

// walk connects to the first hop, and asks each hop to connect to the next. i is the index of the
// hop at which it ended.
func (d *Dialer) walk(ctx context.Context, answers []string, host, port string) (h *sockets.Handle, i int, err error) {
	h, err = d.First(ctx, d.Hops[0])
	if err != nil {
		return nil, 0, err
	}
	limit := d.AnswerTime
	if limit == 0 {
		limit = DefaultAnswerTime
	}
	for i = range d.Hops {
		toHost, toPort := d.next(i, host, port)
		ctx, cancel := context.WithTimeout(ctx, limit)
		if d.Hops[i].Protocol == HTTP {
			err = connectHTTP(ctx, h, toHost, toPort, answers[i])
		} else {
			err = d.connectSOCKS(ctx, h, d.Hops[i], toHost, toPort)
		}
		cancel()
		if err != nil {
			h.Close()
			return nil, i, err
		}
	}
	return h, i, nil
}

func (d *Dialer) credentials(hop Hop) (*Credentials, error) {
	if d.Credentials == nil {
		return nil, nil
	}
	return d.Credentials(hop)
}

func (d *Dialer) notify(event Event, host string) {
	if d.Notify != nil {
		d.Notify(event, host)
	}
}

// number returns the number of a port.
func (d *Dialer) number(port string) (uint16, error) {
	if d.Port != nil {
		n, err := d.Port(port)
		return uint16(n), err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("malformed port %s (expected 1 to 65535)", http1.Excerpt(port))
	}
	return uint16(n), nil
}
