package luatest

import (
	"strconv"
	"strings"
	"sync"
)

// reserved has the keywords of Lua, and the names that tests use.
var reserved = sync.OnceValue(func() map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(`and break do else elseif end false for function if in local nil not or repeat return
		then true until while
		t test data address client clients command finished count parts exec dial serve send sendline sendto recv recvline recvexact
		recvall recvfrom expect shutdown abort close starttls setopt socket bind getsockname channel hex hash os string table
		tempdir print type self_test`) {
		m[w] = true
	}
	return m
})

// names gives out names for variables, each once. The zero value is ready.
type names map[string]bool

// unique returns a name made from s that is an identifier and that was not given out yet.
func (n names) unique(s string) string {
	name := identifier(s)
	for i := 2; n[name] || reserved()[name]; i++ {
		name = identifier(s) + strconv.Itoa(i)
	}
	n[name] = true
	return name
}

// identifier returns s as an identifier: srv.1 is srv_1.
func identifier(s string) string {
	b := []byte(s)
	if len(b) > 30 {
		b = b[:30]
	}
	for i, c := range b {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (c < '0' || c > '9') {
			b[i] = '_'
		}
	}
	switch name := strings.Trim(string(b), "_"); {
	case name == "":
		return "c"
	case name[0] <= '9':
		return "c" + name
	default:
		return name
	}
}
