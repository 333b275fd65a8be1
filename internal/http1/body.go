package http1

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Lengths of a body that are no number of bytes.
const (
	ToEnd   = -1 // to the end of the connection
	Chunked = -2 // in chunks, to the last one
)

// maxChunkLine is how long the line before a chunk may be.
const maxChunkLine = 1 << 10

var (
	// ErrCoding is the error of a body in another coding than chunks.
	ErrCoding = errors.New("an unknown transfer coding (expected chunked)")

	errTwoLengths = errors.New("more than one length of one body")
	errChunk      = errors.New("malformed chunk")
)

// RequestLength returns the length of a request's body: a number of bytes or
// [Chunked] (RFC 9112, 6.3). A length that two readers could understand differently is
// an error.
func RequestLength(q *Request) (int64, error) {
	lengths, codings := q.Header["Content-Length"], q.Header["Transfer-Encoding"]
	switch {
	case len(codings) > 0 && len(lengths) > 0, len(lengths) > 1:
		return 0, errTwoLengths
	case len(codings) > 0 && q.Minor == 0:
		return 0, errors.New("a transfer coding in HTTP/1.0")
	case len(codings) > 0 && isChunked(codings):
		return Chunked, nil
	case len(codings) > 0:
		return 0, ErrCoding
	case len(lengths) == 0:
		return 0, nil
	}
	return contentLength(lengths[0])
}

func contentLength(s string) (int64, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil || !isNumber(s) {
		return 0, fmt.Errorf("malformed Content-Length %s", Excerpt(s))
	}
	return int64(n), nil
}

// isChunked reports whether chunked is the one coding.
func isChunked(codings []string) bool {
	return len(codings) == 1 && strings.EqualFold(codings[0], "chunked")
}

// ResponseLength returns the length of the body of a response to a request with
// method: a number of bytes, [Chunked] or [ToEnd] (RFC 9112, 6.3). Several
// Content-Lengths have to be equal; beside chunks they are ignored.
func ResponseLength(method string, a *Response) (length int64, err error) {
	lengths, codings := a.Header["Content-Length"], a.Header["Transfer-Encoding"]
	length = ToEnd
	switch {
	case a.Code/100 == 1:
		return 0, nil
	case len(codings) > 0 && a.Minor == 0:
		return 0, errors.New("a transfer coding in HTTP/1.0")
	case len(codings) > 0 && !isChunked(codings):
		return 0, ErrCoding
	case len(codings) > 0:
		length = Chunked
	case len(lengths) > 0:
		all := strings.Split(strings.Join(lengths, ","), ",")
		for _, other := range all[1:] {
			if TrimBlanks(other) != TrimBlanks(all[0]) {
				return 0, errTwoLengths
			}
		}
		length, err = contentLength(TrimBlanks(all[0]))
	}
	if method == "HEAD" || a.Code == 204 || a.Code == 304 {
		length = 0
	}
	return length, err
}

// A ChunkReader reads the data of a body in chunks (RFC 9112, 7.1). It returns
// [io.EOF] after the last chunk and the trailer behind it, which it drops;
// [io.ErrUnexpectedEOF] if the connection ends before. It is for one goroutine.
type ChunkReader struct {
	lines   *HeadReader
	padded  bool  // accept blanks behind a size, as many servers send them
	left    int64 // bytes of the chunk that are still to come
	inside  bool  // the CR LF behind the data of a chunk is still to come
	failure error
}

// NewChunkReader returns a reader of the chunks that come from r. lenient accepts
// what servers get wrong often; it is for responses.
func NewChunkReader(r *bufio.Reader, lenient bool) *ChunkReader {
	return &ChunkReader{lines: &HeadReader{r: r, strict: true, lenient: lenient}, padded: lenient}
}

// Read reads the data of one chunk.
func (c *ChunkReader) Read(p []byte) (n int, err error) {
	if c.failure == nil && c.left == 0 {
		c.failure = c.next()
	}
	if c.failure != nil || len(p) == 0 {
		return 0, c.failure
	}
	n, err = c.lines.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	c.failure = err
	return n, err
}

// next begins the next chunk, or returns io.EOF after the last one.
func (c *ChunkReader) next() error {
	if c.inside {
		line, err := c.line()
		if err == nil && line != "" {
			err = errChunk
		}
		if err != nil {
			return err
		}
	}
	line, err := c.line()
	if err != nil {
		return err
	}
	size, extension, extended := strings.Cut(line, ";")
	if extended || c.padded {
		size = strings.TrimRight(size, " \t")
	}
	n, err := strconv.ParseUint(size, 16, 63)
	if err != nil || len(size) > 16 || strings.Trim(size, "0123456789abcdefABCDEF") != "" || strings.Contains(extension, "\r") {
		return errChunk
	}
	if n > 0 {
		c.left, c.inside = int64(n), true
		return nil
	}
	c.lines.left = MaxHead
	if _, err := c.lines.fields(); err != nil {
		return err
	}
	return io.EOF
}

func (c *ChunkReader) line() (string, error) {
	c.lines.left = MaxHead // what counts is each line
	line, err := c.lines.line(maxChunkLine, errChunk)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return line, err
}

// Ended reports whether the last chunk and the trailer have been read.
func (c *ChunkReader) Ended() bool { return c.failure == io.EOF }

// A ChunkWriter writes each piece as a chunk to W.
type ChunkWriter struct{ W io.Writer }

// Write writes p as one chunk, and nothing if p is empty.
func (c ChunkWriter) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil // it would be the last one
	}
	b := append(strconv.AppendInt(nil, int64(len(p)), 16), "\r\n"...)
	if _, err := c.W.Write(append(append(b, p...), "\r\n"...)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// End writes the last chunk.
func (c ChunkWriter) End() error {
	_, err := io.WriteString(c.W, "0\r\n\r\n")
	return err
}
