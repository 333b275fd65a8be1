package lualib

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// reply is a reply of SMTP or FTP (RFC 5321, 4.2.1; RFC 959, 4.2): a line of a
// code and a blank, or several from a code and a hyphen to that code and a
// blank.
func (f *Framing) reply() {
	f.size = func(p []byte) (int, error) {
		for at, first := 0, true; ; first = false {
			n := bytes.IndexByte(p[at:], '\n')
			line := p[at:]
			if n >= 0 {
				line = p[at : at+n]
			}
			if first {
				code := line[:min(len(line), 3)]
				if len(bytes.Trim(code, "0123456789")) > 0 || n >= 0 && len(code) < 3 {
					return 0, fmt.Errorf("bad reply: it begins with %q (expected a code of three digits)", line[:min(len(line), 12)])
				}
			}
			if n < 0 {
				return 0, nil
			}
			line = bytes.TrimSuffix(line, []byte("\r"))
			at += n + 1
			if first && (len(line) < 4 || line[3] != '-') || !first && bytes.HasPrefix(line, p[:3]) && (len(line) == 3 || line[3] == ' ') {
				return at, nil
			}
		}
	}
	f.body = func(p []byte) []byte { return bytes.TrimSuffix(p[:len(p)-1], []byte("\r")) }
	f.wrap = func(s string) (string, error) {
		s += "\r\n"
		if n, err := f.size([]byte(s)); err != nil {
			return "", err
		} else if n != len(s) {
			return "", errors.New("the message is not one reply (expected CODE-TEXT lines, and CODE TEXT last)")
		}
		return s, nil
	}
}

// dotted is text ended by a line with a single dot, as in POP3, SMTP and NNTP; a
// dot at the beginning of a line is doubled.
func (f *Framing) dotted() {
	f.size = func(p []byte) (int, error) {
		if bytes.HasPrefix(p, []byte(".\r\n")) {
			return 3, nil
		}
		if i := bytes.Index(p, []byte("\r\n.\r\n")); i >= 0 {
			return i + 5, nil
		}
		return 0, nil
	}
	f.body = func(p []byte) []byte {
		p = bytes.ReplaceAll(p[:len(p)-3], []byte("\r\n."), []byte("\r\n"))
		return bytes.TrimPrefix(p, []byte("."))
	}
	f.wrap = func(s string) (string, error) {
		if s != "" && !strings.HasSuffix(s, "\r\n") {
			s += "\r\n"
		}
		if strings.HasPrefix(s, ".") {
			s = "." + s
		}
		return strings.ReplaceAll(s, "\r\n.", "\r\n..") + ".\r\n", nil
	}
}

// head is the lines up to an empty line, the beginning of messages of HTTP and SIP.
func (f *Framing) head() {
	end := func(p []byte) (i, n int) {
		i, n = bytes.Index(p, []byte("\r\n\r\n")), 4
		if j := bytes.Index(p, []byte("\n\n")); j >= 0 && (i < 0 || j < i) {
			i, n = j, 2
		}
		return i, n
	}
	f.size = func(p []byte) (int, error) {
		if i, n := end(p); i >= 0 {
			return i + n, nil
		}
		return 0, nil
	}
	f.body = func(p []byte) []byte {
		i, _ := end(p)
		return p[:i]
	}
	f.wrap = func(s string) (string, error) { return s + "\r\n\r\n", nil }
}
