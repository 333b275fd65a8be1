package sockopt

import (
	"fmt"
	"slices"
	"strconv"

	"sosh/internal/show"

	"golang.org/x/sys/unix"
)

// Values returns the values to choose from, for completion; nil if any value may do.
func (o *Option) Values() []string {
	switch {
	case o.values != nil:
		return o.values()
	case o.Type == Bool:
		return []string{"on", "off"}
	case o.Type == Linger:
		return []string{"off", "0"}
	}
	var names []string
	for _, n := range o.names {
		names = append(names, n.name)
	}
	return names
}

// Format returns a value of Get as text, with its unit or its name: "on", "7200 s", "1
// stream".
func (o *Option) Format(value any) string {
	switch v := value.(type) {
	case bool:
		if v {
			return "on"
		}
		return "off"
	case int64:
		s := strconv.FormatInt(v, 10)
		if name := o.nameOf(v); name != "" {
			return s + " " + name
		}
		if o.Unit != "" {
			return s + " " + o.Unit
		}
		return s
	}
	return fmt.Sprint(value)
}

// nameOf returns the name of a number, or "".
func (o *Option) nameOf(v int64) string {
	switch o.Name {
	case "error":
		if v != 0 {
			return show.Errno(unix.Errno(v))
		}
	case "type":
		return map[int64]string{unix.SOCK_STREAM: "stream", unix.SOCK_DGRAM: "datagram", unix.SOCK_SEQPACKET: "seqpacket"}[v]
	case "domain":
		return map[int64]string{unix.AF_INET: "inet", unix.AF_INET6: "inet6", unix.AF_UNIX: "unix", AFVsock: "vsock"}[v]
	case "protocol":
		return map[int64]string{unix.IPPROTO_TCP: "tcp", unix.IPPROTO_UDP: "udp"}[v]
	}
	if i := slices.IndexFunc(o.names, func(n namedInt) bool { return n.value == v }); i >= 0 {
		return o.names[i].name
	}
	return ""
}
