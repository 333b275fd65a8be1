package show

import "fmt"

// Size returns a number of bytes for a person: "812 B", "64.0 KiB", "3.1 MiB".
func Size(n int64) string {
	if n > -1024 && n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n)/1024, 0
	for (f >= 1023.95 || f <= -1023.95) && unit < 5 { // values that would print as 1024.0
		f /= 1024
		unit++
	}
	return fmt.Sprintf("%.1f %ciB", f, "KMGTPE"[unit])
}

// Count returns a number with a noun, what, in the singular or plural: "1 byte", "2 bytes".
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
