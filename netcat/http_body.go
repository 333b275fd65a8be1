package netcat

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// How long the body of a message is, beside a number of bytes.
const (
	toEnd    = -1 // to the end of the connection
	inChunks = -2
)

// maxChunkLine is how long the line before a chunk may be.
const maxChunkLine = 1 << 10

var (
	errTwoLengths = errors.New("more than one length of one body")
	errCoding     = errors.New("an unknown transfer coding (expected chunked)")
	errChunk      = errors.New("malformed chunk")
)

// requestBody is the length of a request's body (RFC 9112, 6.3). What only
// somebody has who wants two readers to disagree is an error.
func requestBody(q *requestHead) (int64, error) {
	lengths, codings := q.header["Content-Length"], q.header["Transfer-Encoding"]
	switch {
	case len(codings) > 0 && len(lengths) > 0, len(lengths) > 1:
		return 0, errTwoLengths
	case len(codings) > 0 && q.minor == 0:
		return 0, errors.New("a transfer coding in HTTP/1.0")
	case len(codings) > 0 && isChunked(codings):
		return inChunks, nil
	case len(codings) > 0:
		return 0, errCoding
	case len(lengths) == 0:
		return 0, nil
	}
	return contentLength(lengths[0])
}

func contentLength(s string) (int64, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil || !isNumber(s) {
		return 0, fmt.Errorf("malformed Content-Length %s", excerpt(s))
	}
	return int64(n), nil
}

// isChunked reports whether chunked is the one coding.
func isChunked(codings []string) bool {
	return len(codings) == 1 && strings.EqualFold(codings[0], "chunked")
}

// answerBody is the length of the body of an answer to a request (RFC 9112,
// 6.3). A Content-Length that is given more than once has to be the same, and
// does not count beside chunks.
func answerBody(method string, a *answerHead) (length int64, err error) {
	lengths, codings := a.header["Content-Length"], a.header["Transfer-Encoding"]
	length = toEnd
	switch {
	case a.code/100 == 1:
		return 0, nil
	case len(codings) > 0 && a.minor == 0:
		return 0, errors.New("a transfer coding in HTTP/1.0")
	case len(codings) > 0 && !isChunked(codings):
		return 0, errCoding
	case len(codings) > 0:
		length = inChunks
	case len(lengths) > 0:
		all := strings.Split(strings.Join(lengths, ","), ",")
		for _, other := range all[1:] {
			if trimBlanks(other) != trimBlanks(all[0]) {
				return 0, errTwoLengths
			}
		}
		length, err = contentLength(trimBlanks(all[0]))
	}
	if method == "HEAD" || a.code == 204 || a.code == 304 {
		length = 0
	}
	return length, err
}

// A chunkReader reads what is in chunks (RFC 9112, 7.1), to the end of the last
// one and of the trailer behind it, which is read and not kept. The end of
// the connection before that is [io.ErrUnexpectedEOF].
type chunkReader struct {
	lines   *headReader
	padded  bool  // blanks behind a size are taken, as many servers send them
	left    int64 // of the chunk
	inside  bool  // the CR LF behind the data of a chunk is still to come
	failure error
}

// newChunkReader reads chunks from where lines is.
func newChunkReader(lines *headReader, padded bool) *chunkReader {
	lines.strict = true
	return &chunkReader{lines: lines, padded: padded}
}

// Read reads the data of one chunk.
func (c *chunkReader) Read(p []byte) (n int, err error) {
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
func (c *chunkReader) next() error {
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
	c.lines.left = maxHead
	if _, err := c.lines.fields(); err != nil {
		return err
	}
	return io.EOF
}

func (c *chunkReader) line() (string, error) {
	c.lines.left = maxHead // what counts is each line
	line, err := c.lines.line(maxChunkLine, errChunk)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return line, err
}

// A chunkWriter writes each piece as a chunk; end writes the last one.
type chunkWriter struct{ w io.Writer }

func (c chunkWriter) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil // it would be the last one
	}
	b := append(strconv.AppendInt(nil, int64(len(p)), 16), "\r\n"...)
	if _, err := c.w.Write(append(append(b, p...), "\r\n"...)); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (c chunkWriter) end() error {
	_, err := io.WriteString(c.w, "0\r\n\r\n")
	return err
}
