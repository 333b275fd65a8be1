package show

import "fmt"

// Size returns a number of bytes as one reads it: "812 B", "64.0 KiB", "3.1 MiB".
func Size(n int64) string {
	if n > -1024 && n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n)/1024, 0
	for (f >= 1023.95 || f <= -1023.95) && unit < 5 { // what would print as 1024.0
		f /= 1024
		unit++
	}
	return fmt.Sprintf("%.1f %ciB", f, "KMGTPE"[unit])
}

// Count returns a number of things, what being the name of one: "1 byte", "2 bytes".
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
