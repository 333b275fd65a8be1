package http1

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

const (
	// maxRequestLine is how long a request line may be (RFC 9112, section 3, asks
	// for 8000 bytes at least).
	maxRequestLine = 8 << 10
	// MaxHead is how many bytes a whole head may have.
	MaxHead = 64 << 10
)

var (
	// ErrLongLine is the error of a request line that is too long.
	ErrLongLine = fmt.Errorf("the first line is longer than %d bytes", maxRequestLine)
	// ErrLongHead is the error of a head of more than [MaxHead] bytes.
	ErrLongHead = fmt.Errorf("the head is longer than %d bytes", MaxHead)
	// ErrStatusLine is the error of a response whose first line is malformed.
	ErrStatusLine = errors.New("malformed status line")

	errBareLF = errors.New("a line ends with LF alone (expected CR LF)")
)

// A HeadReader reads the heads of responses, and the lines of any message, up to a
// limit. It is for one goroutine.
type HeadReader struct {
	r       *bufio.Reader
	left    int  // bytes that the head may still have
	strict  bool // only CR LF ends a line; otherwise LF is enough
	lenient bool // repair the fields that RFC 9112, 5.1 and 5.2, lets a proxy repair in a response
}

// NewResponseReader returns a reader of the heads of responses, which have [MaxHead]
// bytes at most, all of one reader together.
func NewResponseReader(r *bufio.Reader) *HeadReader {
	return &HeadReader{r: r, left: MaxHead, lenient: true}
}

// line reads a line of up to limit bytes without its end. The error is
// [io.EOF] where there is no byte of it.
func (h *HeadReader) line(limit int, long error) (string, error) {
	var line []byte
	for {
		p, err := h.r.ReadSlice('\n')
		h.left -= len(p)
		line = append(line, p...)
		switch {
		case len(line) > limit+len("\r\n"):
			return "", long
		case h.left < 0:
			return "", ErrLongHead
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
func (h *HeadReader) startLine() (string, error) {
	for {
		line, err := h.line(maxRequestLine, ErrLongLine)
		if err != nil || line != "" {
			return line, err
		}
	}
}

// fields reads the fields of a head up to the empty line behind them.
func (h *HeadReader) fields() (textproto.MIMEHeader, error) {
	header := make(textproto.MIMEHeader)
	last := ""
	for {
		line, err := h.line(MaxHead, ErrLongHead)
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
			values[len(values)-1] += " " + TrimBlanks(line)
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		if h.lenient {
			name = strings.TrimRight(name, " \t")
		}
		value = TrimBlanks(value)
		if len(name) == len(line) || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, fmt.Errorf("malformed field %s", Excerpt(line))
		}
		last = textproto.CanonicalMIMEHeaderKey(name)
		header[last] = append(header[last], value)
	}
}

// TrimBlanks cuts off the spaces and tabs around a value. Unlike
// textproto.TrimString it leaves a CR, which is malformed there.
func TrimBlanks(s string) string { return strings.Trim(s, " \t") }

// Excerpt returns the beginning of what a peer has sent, escaped and in quotes.
func Excerpt(s string) string {
	const most = 60
	if len(s) > most {
		return show.Quote([]byte(s[:most])) + "..."
	}
	return show.Quote([]byte(s))
}

// A Request is the head of a request.
type Request struct {
	Method, Target string
	Minor          int // of the version: 1 is HTTP/1.1
	Header         textproto.MIMEHeader
}

// ReadRequest reads the head of a request. The error is [io.EOF] where the
// connection ended before it, [ErrLongLine] or [ErrLongHead] where it is too long.
func ReadRequest(r *bufio.Reader) (*Request, error) {
	h := &HeadReader{r: r, left: MaxHead}
	line, err := h.startLine()
	if err != nil {
		return nil, err
	}
	parts := strings.Split(line, " ")
	q := &Request{}
	if len(parts) == 3 {
		q.Method, q.Target = parts[0], parts[1]
		q.Minor, err = minorVersion(parts[2])
	}
	if len(parts) != 3 || err != nil || !httpguts.ValidHeaderFieldName(q.Method) || !Visible(q.Target) {
		return nil, fmt.Errorf("malformed request line %s", Excerpt(line))
	}
	q.Header, err = h.fields()
	return q, err
}

// Visible reports whether s is not empty and has neither blanks nor control
// characters.
func Visible(s string) bool {
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
		return 0, fmt.Errorf("version %s (expected HTTP/1.0 or HTTP/1.1)", Excerpt(s))
	}
	return min(int(digit[0]-'0'), 1), nil
}

// A Response is the head of a response.
type Response struct {
	Line   string // the status line
	Minor  int    // of the version: 1 is HTTP/1.1
	Code   int    // the status, 100 to 999; 0 if the status line is malformed
	Reason string
	Header textproto.MIMEHeader
}

// ReadResponse reads the head of a response. With an error it returns what it had
// read by then: the line with [ErrStatusLine], the line and the code if a field is
// malformed.
func (h *HeadReader) ReadResponse() (a *Response, err error) {
	a = &Response{}
	if a.Line, err = h.line(MaxHead, ErrLongHead); err != nil {
		return a, err
	}
	version, rest, _ := strings.Cut(a.Line, " ")
	code, reason, _ := strings.Cut(rest, " ")
	if a.Minor, err = minorVersion(version); err == nil && len(code) == 3 && isNumber(code) && code >= "100" {
		a.Code, _ = strconv.Atoi(code)
	}
	if a.Code == 0 || !httpguts.ValidHeaderFieldValue(reason) {
		a.Code = 0
		return a, ErrStatusLine
	}
	a.Reason = reason
	a.Header, err = h.fields()
	return a, err
}

// isNumber reports whether s has decimal digits only. It takes the empty string
// for a number.
func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }
