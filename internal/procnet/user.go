package procnet

import "os"

// UserName returns the name of a user by /etc/passwd alone, since other sources of names may ask
// the network; "" if it is not there.
func UserName(uid int) string {
	f, err := os.Open("/etc/passwd")
	if err != nil {
		return ""
	}
	defer f.Close()
	return parseUser(f, uid)
}
