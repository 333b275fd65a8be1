package proxy

import (
	"cmp"
	"errors"
	"fmt"
	"net/textproto"

	"sosh/internal/http1"
	"sosh/sockets"
)

// An Error says why a proxy has not connected: it refused, its answer is short or
// malformed, or the request could not be made. It unwraps to Err.
type Error struct {
	Protocol   Protocol // HTTP, SOCKS4 (for SOCKS4A too) or SOCKS5
	Code       int      // of a refusal: the HTTP status, or the SOCKS reply
	StatusLine string   // of HTTP, as received
	Header     textproto.MIMEHeader
	Part       string // the part of the answer that is incomplete or malformed; "" for a refusal
	Err        error  // the cause; nil for a refusal
}

// The values of [Error.Err], besides errors of the connection.
var (
	ErrStatusLine  = http1.ErrStatusLine
	ErrBadHost     = errors.New("malformed host")
	ErrVersion     = errors.New("wrong SOCKS version")
	ErrAddressType = errors.New("invalid proxy bind address type")
	ErrNoMethod    = errors.New("no acceptable authentication method proposed")
	ErrMethod      = errors.New("proxy selected invalid authentication method")
	ErrPassword    = errors.New("authentication failed")
	ErrLongName    = errors.New("a name of more than 255 bytes")
	ErrSOCKS4Six   = errors.New("SOCKS4 has no IPv6")

	errZero = errors.New("a NUL byte in a host or a user")
)

// replies are the reasons of SOCKS proxies (the document of SOCKS4, and RFC 1928, 6).
var replies = map[Protocol]map[int]string{
	SOCKS4: {
		91: "rejected or failed",
		92: "no identd on the client",
		93: "the user is not the one of identd",
	},
	SOCKS5: {
		1: "general failure",
		2: "not allowed by ruleset",
		3: "network unreachable",
		4: "host unreachable",
		5: "connection refused",
		6: "TTL expired",
		7: "command not supported",
		8: "address type not supported",
	},
}

// Error returns text such as "SOCKS5 proxy refused: connection refused (reply 5)", in which text
// from the proxy is escaped.
func (e *Error) Error() string {
	name := protocols[e.Protocol].name + " proxy"
	switch {
	case e.Err != nil && e.Part != "":
		return fmt.Sprintf("%s: %s: %s", name, e.Part, cause(e.Err))
	case e.Err != nil:
		return fmt.Sprintf("%s: %s", name, cause(e.Err))
	case e.Protocol == HTTP:
		return fmt.Sprintf("%s refused: %s", name, http1.Excerpt(e.StatusLine))
	}
	return fmt.Sprintf("%s refused: %s (reply %d)", name, cmp.Or(replies[e.Protocol][e.Code], "unknown reason"), e.Code)
}

// cause removes the handle from the text of an error of package sockets, since the caller never
// sees that handle.
func cause(err error) string {
	if errors.Is(err, sockets.ErrEnded) {
		return sockets.ErrEnded.Error() // without the number of unread bytes
	}
	var e *sockets.Error
	if errors.As(err, &e) {
		return sockets.CauseText(e.Err)
	}
	return err.Error()
}

// Unwrap returns the cause; nil for a refusal.
func (e *Error) Unwrap() error { return e.Err }

// NeedsOtherCredentials reports whether the proxy refuses these credentials, so that
// trying again with them is of no use.
func (e *Error) NeedsOtherCredentials() bool {
	return e.Protocol == HTTP && e.Code == 407 || e.Protocol == SOCKS4 && e.Code == 93 ||
		e.Err == ErrNoMethod || e.Err == ErrPassword
}
