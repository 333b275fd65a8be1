package netcat

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"sosh/internal/show"
	"sosh/sockets"
	"sosh/sockets/proxy"
	"sosh/sockets/tlsconf"

	"golang.org/x/sys/unix"
)

// ncatRelease is the version of ncat whose flags and messages these are.
const ncatRelease = "7.99 ( https://nmap.org/ncat )"

const ncatVersion = "Ncat: Version " + ncatRelease

// ncatPort is the default port.
const ncatPort = "31337"

// ncatPolicy is the policy of ncat. Unlike ncat, which exits at the end of its input, sosh
// waits for the answer to the last datagram.
var ncatPolicy = policy{
	anyHosts:        []string{"::", "0.0.0.0"},
	concurrent:      true,
	leavesDatagrams: true,
	stripsTelnet:    true,
	datagram:        8192,
	proxyProtocol:   proxy.HTTP,
	probe:           probe{datagram: "\x00", times: 1},
}

// ncatDialect is the dialect of ncat: status 1 for network failures, 2 for all others.
type ncatDialect struct {
	n    *netcat
	name string

	bytesProbed, answered int // bytes sent and received by -z with datagrams
}

// quit returns the failure for an error that is not of the network.
func (d *ncatDialect) quit(format string, args ...any) error {
	return &failure{status: 2, text: "Ncat: " + fmt.Sprintf(format, args...) + " QUITTING."}
}

// lost returns the failure for a network error.
func (d *ncatDialect) lost(err error) error {
	text := causeOf(err)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		text = "TIMEOUT"
	}
	return &failure{status: 1, text: "Ncat: " + text + ".", err: err}
}

func (d *ncatDialect) parse(args []string) (*options, error) {
	o := defaults()
	o.halfClose, o.zeroPort = true, true
	rest, err := parseFlags(ncatFlags(), true, o, args)
	if o.help || o.version {
		return o, nil // whatever follows
	}
	if o.udp && !o.vsock { // in ncat, broadcast needs no flag
		o.sockopts = append(o.sockopts, sockopt{name: "broadcast", value: "1"})
	}
	var u *usageError
	if errors.As(err, &u) {
		text := ""
		switch {
		case strings.HasPrefix(u.unknown, "--"):
			text = fmt.Sprintf("unrecognized option '%s'", asGiven(args, u.unknown))
			if could := beginning(ncatFlags(), u.unknown); len(could) > 1 {
				text = fmt.Sprintf("option '%s' is ambiguous; possibilities: '%s'", u.unknown, strings.Join(could, "' '"))
			}
		case u.unknown != "":
			text = fmt.Sprintf("invalid option -- '%s'", u.unknown[1:])
		case strings.HasPrefix(u.noArg, "--"):
			text = fmt.Sprintf("option '%s' requires an argument", u.noArg)
		case u.noArg != "":
			text = fmt.Sprintf("option requires an argument -- '%s'", u.noArg[1:])
		case u.tooMany != "":
		default:
			return nil, d.quit("%s.", strings.TrimSuffix(u.Error(), "."))
		}
		if u.tooMany != "" {
			text = fmt.Sprintf("option '%s' doesn't allow an argument", u.tooMany)
		}
		return nil, &failure{status: 2, text: d.name + ": " + text +
			"\nNcat: Try `--help' or man(1) ncat for more information, usage options and help. QUITTING."}
	}
	if o.help || o.version {
		return o, nil
	}
	if o.verbose > 0 {
		d.n.say(ncatVersion)
	}
	if auth, ok := os.LookupEnv("NCAT_PROXY_AUTH"); ok && o.proxyAuth == nil {
		o.proxyAuth = &auth
	}
	os.Unsetenv("NCAT_PROXY_AUTH") // programs of -e must not get it
	return o, d.operands(o, rest)
}

func (d *ncatDialect) help(w io.Writer) {
	if d.n.opt.screen {
		io.WriteString(w, ncatScreen)
		return
	}
	io.WriteString(w, ncatList)
}

func (d *ncatDialect) status(err error) int {
	if err == nil {
		return 0
	}
	var f *failure
	if !errors.As(err, &f) {
		f = d.lost(err).(*failure)
	}
	if f.text != "" {
		d.n.sayFailure(f.text)
	}
	return f.status
}

func (d *ncatDialect) unresolved(host, port string, err error) error {
	return d.quit("Could not resolve hostname %q: %v.", host, err)
}

func (d *ncatDialect) connected(host, port string, h *sockets.Handle) {
	if d.n.opt.verbose == 0 {
		return
	}
	switch {
	case d.n.opt.tls:
		d.secured(h)
	case len(d.n.opt.proxies) == 0: // proxies have already reported theirs
		d.n.say("Ncat: Connected to %s.", peerName(h.PeerAddr()))
	}
	if d.n.opt.scan {
		if h.Kind().Datagram() {
			d.n.say("Ncat: UDP packet sent successfully")
		}
		d.sayTotals(int64(d.bytesProbed), int64(d.answered), time.Now())
	}
}

func (d *ncatDialect) connectFailed(_ target, err error) error {
	if d.n.opt.scan && d.n.opt.verbose == 0 {
		return &failure{status: 1, err: err}
	}
	if f := d.verifyFailed(err); f != nil {
		return f
	}
	if tlsFailure(err) != nil {
		// ncat itself says only "Input/output error".
		return &failure{status: 1, text: "Ncat: " + causeOf(err) + ".", err: err}
	}
	return d.lost(err)
}

func (d *ncatDialect) identity(h *sockets.Handle) {
	if d.n.opt.verbose == 0 {
		return
	}
	if i, err := h.Info(); err == nil && i.TLS != nil && i.TLS.Ephemeral {
		d.n.say("Ncat: Generating a temporary ECDSA key. Use --ssl-key and --ssl-cert to use a permanent one.")
		digest, _ := hex.DecodeString(strings.ReplaceAll(i.TLS.Fingerprint, ":", ""))
		d.n.say("Ncat: SHA-256 fingerprint: %s", grouped(digest))
	}
}

func (d *ncatDialect) listening(h *sockets.Handle) {
	if d.n.opt.verbose > 0 {
		d.n.say("Ncat: Listening on %s", h.LocalAddr())
	}
}

func (d *ncatDialect) accepted(peer sockets.Addr) {
	if d.n.opt.verbose > 0 {
		d.n.say("Ncat: Connection from %s.", peerName(peer))
	}
}

func (d *ncatDialect) sourceBound(h *sockets.Handle) {
	if d.n.opt.verbose > 0 {
		d.n.say("Ncat: [%s] used as source DGRAM Unix domain socket.", h.LocalAddr().Path)
	}
}

func (d *ncatDialect) sourceRemoved(path string) {
	if d.n.opt.verbose > 0 {
		d.n.say("Ncat: Deleting source DGRAM Unix domain socket. [%s]", path)
	}
}

func (d *ncatDialect) bindFailed(address string, err error) error {
	if !d.n.opt.listen && !d.n.opt.unix {
		return &failure{status: 1, text: "Ncat: " + causeOf(err) + "."}
	}
	return d.quit("bind to %s: %s.", address, causeOf(err))
}

func (d *ncatDialect) sessionEnded(s *session, err error) error {
	if s != nil && err == nil && !d.n.opt.listen {
		d.sayTotals(s.sent.Load(), s.received.Load(), s.began)
	}
	var out *outputError
	switch {
	case err == nil:
		return nil
	case err == errIdle:
		return d.timedOut(s, d.n.opt.idleTimeout)
	case err == errQuit:
		return d.timedOut(s, d.n.opt.quit)
	case s != nil && s.child && (errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET)):
		// The peer did not read all output of the program. ncat does not report that
		// either: there, the program itself notices it.
		if d.n.opt.verbose > 0 {
			d.n.say("Ncat: %s.", causeOf(err))
		}
		return nil
	case errors.As(err, &out):
		return &failure{status: 2, text: "write: " + causeOf(out.err)}
	}
	return d.lost(err)
}

// timedOut returns the failure for a run that -i or -q ends; ncat reports both in the same
// way. With -k, only the session of one client ends, not the listener.
func (d *ncatDialect) timedOut(s *session, after time.Duration) error {
	o := d.n.opt
	if o.listen && (s == nil || !o.keepOpen && !o.broker) {
		return d.quit("Idle timeout expired (%d ms).", after.Milliseconds())
	}
	return &failure{status: 1, text: fmt.Sprintf("Ncat: Idle timeout expired (%d ms).", after.Milliseconds())}
}

// sayTotals prints the totals at the end of a client.
func (d *ncatDialect) sayTotals(sent, received int64, began time.Time) {
	if d.n.opt.verbose > 0 {
		d.n.say("Ncat: %d bytes sent, %d bytes received in %.2f seconds.", sent, received, time.Since(began).Seconds())
	}
}

func (d *ncatDialect) badPort(err error) error { return d.quit("%v.", err) }

func (d *ncatDialect) badService(err error) error { return d.badPort(err) }

func (d *ncatDialect) wrong(format string, args ...any) error { return d.quit(format, args...) }

func (d *ncatDialect) unreadable(file string, err error) error {
	return d.quit("can't open %s: %s.", file, causeOf(err))
}

func (d *ncatDialect) refused() {
	if d.n.opt.verbose > 0 {
		d.n.say("Ncat: New connection denied: not allowed")
	}
}

func (d *ncatDialect) full(most int) {
	if d.n.opt.verbose > 0 {
		d.n.say("Ncat: New connection denied: connection limit reached (%d)", most)
	}
}

func (d *ncatDialect) probed(h *sockets.Handle, answer []byte, err error) error {
	if err != nil && d.n.opt.verbose > 0 {
		d.n.say("Ncat: Connected to %s.", peerName(h.PeerAddr()))
	}
	if err != nil {
		return d.connectFailed(target{}, err)
	}
	d.bytesProbed, d.answered = 1, len(answer)
	if err := writeAll(1, answer); err != nil {
		return &outputError{err}
	}
	return nil
}

func (d *ncatDialect) sourceUnresolved(host string, err error) error {
	return d.quit("Could not resolve source address %q: %v.", host, err)
}

// sourceMismatch returns the failure of bind(2) in ncat.
func (d *ncatDialect) sourceMismatch(host string) error { return d.bindFailed(host, unix.EINVAL) }

func (d *ncatDialect) badTLS(err error) error {
	var file *fs.PathError
	switch {
	case errors.As(err, &file) && file.Path == d.n.opt.tlsTrust:
		return d.quit("Could not load trusted certificates from %s.\n%s.", file.Path, causeOf(err))
	case errors.As(err, &file):
		return d.quit("%s: %s.", file.Path, causeOf(err))
	}
	var e *sockets.Error
	if errors.As(err, &e) {
		err = e.Err
	}
	return d.quit("%v.", err)
}

func (d *ncatDialect) handshakeFailed(peer sockets.Addr, why *tlsconf.Error) {
	if d.n.opt.verbose > 0 && why != nil {
		d.n.say("Ncat: Failed SSL connection from %s: %s", peerName(peer), foreign(why.Reason))
	}
}

func (d *ncatDialect) badProxy(text string) error { return d.quit("%s", text) }

func (d *ncatDialect) proxyUnresolved(host, _ string, err error) error {
	return &failure{status: 1, text: fmt.Sprintf("Ncat: Could not resolve proxy %q: %v.", host, err)}
}

func (d *ncatDialect) proxySays(format show.Trusted, args ...any) {
	if d.n.opt.verbose > 0 {
		d.n.say("Ncat: "+format, args...)
	}
}

func (d *ncatDialect) proxyRefused(_ target, err error) error {
	f := d.lost(err).(*failure)
	f.text = "Ncat: Proxy connection failed: " + strings.TrimPrefix(f.text, "Ncat: ")
	return f
}

var ncatReplies = map[int]string{
	1: "general SOCKS server failure",
	2: "connection not allowed by ruleset",
	3: "Network unreachable",
	4: "Host unreachable",
	5: "Connection refused",
	6: "TTL expired",
	7: "Command not supported",
	8: "Address type not supported",
}

func (d *ncatDialect) proxyFailed(err *proxy.Error) error {
	text := ""
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		text = "TIMEOUT"
	case errors.Is(err, proxy.ErrBadHost):
		text = "Error: " + err.Err.Error()
	case err.Err == proxy.ErrStatusLine:
		text = "Proxy returned status code -1"
	case err.Protocol == proxy.HTTP && err.Err == nil:
		text = fmt.Sprintf("Proxy returned status code %d", err.Code)
	case err.Protocol == proxy.HTTP:
		text = "Error reading proxy response " + err.Part
	case err.Protocol == proxy.SOCKS4 && err.Err == nil:
		text = "Proxy connection failed"
	case err.Err == nil:
		text = "Error: " + cmp.Or(ncatReplies[err.Code], "unassigned value in the reply")
	case err.Err == proxy.ErrVersion:
		text = "Error: wrong SOCKS version in " + err.Part
	case errors.As(err, new(*sockets.Error)) && err.Protocol == proxy.SOCKS4:
		text = "Error: short response from proxy"
	case errors.As(err, new(*sockets.Error)):
		text = fmt.Sprintf("Error: malformed %s from proxy", err.Part)
	default:
		text = "Error: " + err.Err.Error()
	}
	return &failure{status: 1, text: "Ncat: " + text + ".", err: err, final: err.NeedsOtherCredentials()}
}

// version writes the version to standard error, as ncat does.
func (d *ncatDialect) version() { d.n.say(ncatVersion) }

func (d *ncatDialect) badProxyPort(port string, _ error) error {
	return d.quit("Invalid proxy port number %q.", port)
}
