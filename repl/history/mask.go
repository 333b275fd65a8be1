package history

import (
	"regexp"
	"strings"
	"sync"
)

// Masked stands for a password in the file.
const Masked = "***"

// maskPatterns find what Mask masks. They take too long to compile for a program that may not
// show a prompt.
type maskPatterns struct {
	userinfo    *regexp.Regexp // NAME:PASSWORD@ in a URL or behind via=
	portAndPath *regexp.Regexp // no password, although an @ follows
	option      *regexp.Regexp // NAME=VALUE, NAME = "VALUE", --NAME VALUE
	fileName    *regexp.Regexp // a value of key= that names a file
	variable    *regexp.Regexp
}

var patterns = sync.OnceValue(func() maskPatterns {
	return maskPatterns{
		userinfo:    regexp.MustCompile(`((?:\bvia\s*=\s*["']?(?:\w+://)?|://)[^\s"'/:@]*:)([^\s"']*)@`),
		portAndPath: regexp.MustCompile(`^\d+/`),
		option: regexp.MustCompile(`(?i)((?:\b|--)[\w-]*(?:password|passwd|passphrase|psk|secret|token|api[_-]?key|proxy[_-]?auth|credentials)\w*\s*=\s*|` +
			`--[\w-]*(?:password|passwd|passphrase|psk|secret|token|proxy-auth)[\w-]*\s+|\bkey\s*=\s*)` +
			`("(?:[^"\\]|\\.)*"?|'[^']*'?|\[\[[\s\S]*?\]\]|[^\s"',;)}]+)`),
		fileName: regexp.MustCompile(`^[^"']*\.[A-Za-z][A-Za-z0-9]{1,4}$`),
		variable: regexp.MustCompile(`^\$(\w+|\{[^}]*\})$`),
	}
})

// Mask replaces the passwords in a line by ***: those of URLs, and the values of options whose names speak of a password,
// such as password=, psk= and secret=. A value of key= stays if it names a file, and isFile says so, or it has an
// extension.
func Mask(line string, isFile func(name string) bool) string {
	if !strings.ContainsAny(line, ":=-") {
		return line
	}
	p := patterns()
	line = replace(p.userinfo, line, func(value string) bool { return value == "" || p.portAndPath.MatchString(value) }, "@")
	isKey := func(name string) bool {
		return strings.EqualFold(strings.TrimRight(strings.TrimSpace(strings.TrimRight(strings.TrimSpace(name), "=")), "-"), "key")
	}
	return p.option.ReplaceAllStringFunc(line, func(s string) string {
		m := p.option.FindStringSubmatch(s)
		name, value := m[1], m[2]
		bare := strings.Trim(value, `"'`)
		if bare == "" || p.variable.MatchString(value) || isKey(name) && (p.fileName.MatchString(bare) || isFile(bare)) {
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
