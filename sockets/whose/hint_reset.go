package whose

import (
	"fmt"

	"sosh/internal/show"
)

// wasReset is the hint for ECONNRESET of a connection.
func wasReset(q *question) string {
	text := "the peer aborted the connection, or closed it before it had read all that was sent"
	if q.table == nil {
		return text
	}
	h, err := q.table.Get("", q.err.Handle)
	if err != nil {
		return text
	}
	if i, err := h.Info(); err == nil && i.Unread > 0 {
		return text + fmt.Sprintf("; recv %s returns the %s that came before", h.Name(), show.Count(i.Unread, "byte"))
	}
	return text + "; dial again"
}
