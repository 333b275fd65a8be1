package netcat

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"strings"

	"sosh/internal/show"

	"golang.org/x/net/http/httpguts"
)

// The heads of HTTP/1 messages, as strict as a proxy has to be: what two readers
// could take in two ways is an error (RFC 9112, section 11). package net/http
// reads them too, but the start of every nc would pay for its set-up, about 0.2 ms;
// the fuzz tests compare the two.

const (
	// maxRequestLine is how long a request line may be (RFC 9112, section 3, asks
	// for 8000 bytes at least).
	maxRequestLine = 8 << 10
	// maxHead is how long a whole head may be.
	maxHead = 64 << 10
)

var (
	errLongLine = fmt.Errorf("the first line is longer than %d bytes", maxRequestLine)
	errLongHead = fmt.Errorf("the head is longer than %d bytes", maxHead)
	errBareLF   = errors.New("a line ends with LF alone (expected CR LF)")
)

// A headReader reads lines, and stops at a limit.
type headReader struct {
	r       *bufio.Reader
	left    int  // bytes that the head may still take
	strict  bool // CR LF alone ends a line, where LF is enough otherwise
	lenient bool // repair the fields that RFC 9112, 5.1 and 5.2, has a proxy repair in an answer
}

// line reads a line of up to limit bytes without its end. The error is
// [io.EOF] where there is no byte of it.
func (h *headReader) line(limit int, long error) (string, error) {
	var line []byte
	for {
		p, err := h.r.ReadSlice('\n')
		h.left -= len(p)
		line = append(line, p...)
		switch {
		case len(line) > limit+len("\r\n"):
			return "", long
		case h.left < 0:
			return "", errLongHead
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(line) > 0:
			return "", io.ErrUnexpectedEOF
		case err != nil:
			return "", err
		}
		line = line[:len(line)-1]
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		} else if h.strict {
			return "", errBareLF
		}
		if len(line) > limit {
			return "", long
		}
		return string(line), nil
	}
}

// startLine reads the first line of a message, behind empty ones (RFC 9112, 2.2).
func (h *headReader) startLine() (string, error) {
	for {
		line, err := h.line(maxRequestLine, errLongLine)
		if err != nil || line != "" {
			return line, err
		}
	}
}

// fields reads the fields of a head up to the empty line behind them.
func (h *headReader) fields() (textproto.MIMEHeader, error) {
	header := make(textproto.MIMEHeader)
	last := ""
	for {
		line, err := h.line(maxHead, errLongHead)
		switch {
		case err == io.EOF:
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		case line == "":
			return header, nil
		}
		if h.lenient && last != "" && (line[0] == ' ' || line[0] == '\t') && httpguts.ValidHeaderFieldValue(line) {
			values := header[last]
			values[len(values)-1] += " " + trimBlanks(line)
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		if h.lenient {
			name = strings.TrimRight(name, " \t")
		}
		value = trimBlanks(value)
		if len(name) == len(line) || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, fmt.Errorf("malformed field %s", excerpt(line))
		}
		last = textproto.CanonicalMIMEHeaderKey(name)
		header[last] = append(header[last], value)
	}
}

// trimBlanks takes off what may stand around a value; unlike textproto.TrimString
// no CR, which may not.
func trimBlanks(s string) string { return strings.Trim(s, " \t") }

// excerpt shows the beginning of what a peer has sent.
func excerpt(s string) string {
	const most = 60
	if len(s) > most {
		return show.Quote([]byte(s[:most])) + "..."
	}
	return show.Quote([]byte(s))
}

// A requestHead is the head of a request.
type requestHead struct {
	method, target string
	minor          int // of the version: 1 is HTTP/1.1
	header         textproto.MIMEHeader
}

// readRequest reads the head of a request.
func readRequest(r *bufio.Reader) (*requestHead, error) {
	h := &headReader{r: r, left: maxHead}
	line, err := h.startLine()
	if err != nil {
		return nil, err
	}
	parts := strings.Split(line, " ")
	q := &requestHead{}
	if len(parts) == 3 {
		q.method, q.target = parts[0], parts[1]
		q.minor, err = minorVersion(parts[2])
	}
	if len(parts) != 3 || err != nil || !httpguts.ValidHeaderFieldName(q.method) || !visible(q.target) {
		return nil, fmt.Errorf("malformed request line %s", excerpt(line))
	}
	q.header, err = h.fields()
	return q, err
}

// visible reports whether s has neither blanks nor controls, and is not empty.
func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return s != ""
}

// minorVersion reads HTTP/1.x.
func minorVersion(s string) (int, error) {
	digit, ok := strings.CutPrefix(s, "HTTP/1.")
	if !ok || len(digit) != 1 || !isNumber(digit) {
		return 0, fmt.Errorf("version %s (expected HTTP/1.0 or HTTP/1.1)", excerpt(s))
	}
	return min(int(digit[0]-'0'), 1), nil
}

// An answerHead is the head of an answer.
type answerHead struct {
	line   string // the status line
	minor  int
	code   int
	reason string
	header textproto.MIMEHeader
}

// readAnswer reads the head of an answer. A malformed status line is an
// error with the line in the answer; so is all that is read when a field is
// wrong.
func (h *headReader) readAnswer() (a *answerHead, err error) {
	a = &answerHead{}
	if a.line, err = h.line(maxHead, errLongHead); err != nil {
		return a, err
	}
	version, rest, _ := strings.Cut(a.line, " ")
	code, reason, _ := strings.Cut(rest, " ")
	if a.minor, err = minorVersion(version); err == nil && len(code) == 3 && isNumber(code) && code >= "100" {
		a.code, _ = strconv.Atoi(code)
	}
	if a.code == 0 || !httpguts.ValidHeaderFieldValue(reason) {
		a.code = 0
		return a, errStatusLine
	}
	a.reason = reason
	a.header, err = h.fields()
	return a, err
}

var errStatusLine = errors.New("malformed status line")
