package history

import (
	"regexp"
	"strings"
)

// Masked stands for a password in the file.
const Masked = "***"

var (
	// userinfo is NAME:PASSWORD@ in a URL or behind via=.
	userinfo = regexp.MustCompile(`((?:\bvia\s*=\s*["']?(?:\w+://)?|://)[^\s"'/:@]*:)([^\s"']*)@`)
	// portAndPath is what is no password although an @ follows.
	portAndPath = regexp.MustCompile(`^\d+/`)
	// option is NAME=VALUE, NAME = "VALUE", --NAME VALUE.
	option = regexp.MustCompile(`(?i)((?:\b|--)[\w-]*(?:password|passwd|passphrase|psk|secret|token|api[_-]?key|proxy[_-]?auth|credentials)\w*\s*=\s*|` +
		`--[\w-]*(?:password|passwd|passphrase|psk|secret|token|proxy-auth)[\w-]*\s+|\bkey\s*=\s*)` +
		`("(?:[^"\\]|\\.)*"?|'[^']*'?|\[\[[\s\S]*?\]\]|[^\s"',;)}]+)`)
	// fileName is a value of key= that names a file.
	fileName = regexp.MustCompile(`^[^"']*\.[A-Za-z][A-Za-z0-9]{1,4}$`)
	variable = regexp.MustCompile(`^\$(\w+|\{[^}]*\})$`)
)

// Mask replaces the passwords in a line by ***: those of URLs, and the values of options whose names speak of a password,
// such as password=, psk= and secret=. A value of key= stays if it names a file, and isFile says so, or it has an
// extension.
func Mask(line string, isFile func(name string) bool) string {
	if !strings.ContainsAny(line, ":=-") {
		return line
	}
	line = replace(userinfo, line, func(value string) bool { return value == "" || portAndPath.MatchString(value) }, "@")
	isKey := func(name string) bool {
		return strings.EqualFold(strings.TrimRight(strings.TrimSpace(strings.TrimRight(strings.TrimSpace(name), "=")), "-"), "key")
	}
	return option.ReplaceAllStringFunc(line, func(s string) string {
		m := option.FindStringSubmatch(s)
		name, value := m[1], m[2]
		bare := strings.Trim(value, `"'`)
		if bare == "" || variable.MatchString(value) || isKey(name) && (fileName.MatchString(bare) || isFile(bare)) {
			return s
		}
		if quote := value[0]; quote == '"' || quote == '\'' {
			return name + string(quote) + Masked + string(quote)
		}
		return name + Masked
	})
}

// replace masks the second group of a pattern, unless keep says that it is no password.
func replace(re *regexp.Regexp, line string, keep func(value string) bool, after string) string {
	return re.ReplaceAllStringFunc(line, func(s string) string {
		m := re.FindStringSubmatch(s)
		if keep(m[2]) {
			return s
		}
		return m[1] + Masked + after
	})
}
