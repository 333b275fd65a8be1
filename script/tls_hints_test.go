package script

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sosh/sockets"
	"sosh/sockets/tlsconf"
)

// Failures of TLS get a hint that names the options which may help; the hint of the
// engine itself, which knows no options, is kept where there is none.
func TestTLSHints(t *testing.T) {
	for _, c := range []struct {
		err  tlsconf.Error
		want string
	}{
		{tlsconf.Error{Problem: tlsconf.Untrusted}, "trust="},
		{tlsconf.Error{Problem: tlsconf.NoAltName, Hint: "make it anew"}, "make it anew; pin="},
		{tlsconf.Error{Problem: tlsconf.OtherName}, "servername="},
		{tlsconf.Error{Problem: tlsconf.Expired}, "verify=false"},
		{tlsconf.Error{Problem: tlsconf.NoClientCert}, "clientcert=demand"},
		{tlsconf.Error{Problem: tlsconf.NoSuite}, "ciphers="},
		{tlsconf.Error{Problem: tlsconf.AlertCame, Alert: "protocol version not supported"}, "min= and max="},
		{tlsconf.Error{Problem: tlsconf.AlertCame, Alert: "no such alert"}, ""},
		{tlsconf.Error{Hint: "is the clock right?"}, "is the clock right?"},
	} {
		got := hintOf(fmt.Errorf("wrapped: %w", &sockets.Error{Op: "connect", Hint: c.err.Hint, Err: &c.err}))
		if !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%+v: hint %q, want %q", c.err, got, c.want)
		}
	}
	for _, c := range []struct {
		err  sockets.Error
		want string
	}{
		{sockets.Error{Err: sockets.ErrPlaintext}, "keep=true"},
		{sockets.Error{Err: errors.New("too long"), Hint: "at most 10", MaxDatagram: 10}, "at most 10; split=true sends several"},
		{sockets.Error{Err: errors.New("else"), Hint: "its own"}, "its own"},
	} {
		if got := hintOf(&c.err); !strings.Contains(got, c.want) {
			t.Errorf("%+v: hint %q, want %q", c.err, got, c.want)
		}
	}
}
