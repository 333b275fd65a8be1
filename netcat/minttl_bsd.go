//go:build darwin || freebsd

package netcat

// minTTLOption is the option of -m, which is FreeBSD's IP_MINTTL and which
// Darwin refuses.
func minTTLOption(bool) (level, option int) { return 0, 66 }
