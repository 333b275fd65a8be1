package netcat

import (
	"fmt"
	"slices"
	"strings"
)

// A Page is a document about the two dialects, made of their tables of flags.
type Page struct {
	File string // from the top of the tree
	Text string
}

// Pages returns the manual pages of both dialects, and the table that compares
// them with the genuine ones.
func Pages() []Page {
	return []Page{
		{"doc/sosh-nc.1", manPage("sosh-nc", "nc", openbsdFlags(), ncText)},
		{"doc/sosh-ncat.1", manPage("sosh-ncat", "ncat", ncatFlags(), ncatText)},
		{"doc/netcat.md", parity()},
	}
}

// Values returns what the argument of a flag may be, for completion. The flag is
// before, the word before the one that is completed, or stands in word itself, as
// --flag=VALUE. The result is nil if the argument can be anything.
func Values(d Dialect, before, word string) (values []string) {
	table := openbsdFlags()
	if d == Ncat {
		table = ncatFlags()
	}
	given := "" // of word, as far as the =
	if name, _, ok := strings.Cut(word, "="); ok && strings.HasPrefix(word, "--") {
		before, given = name, name+"="
	}
	for _, f := range table {
		if slices.Contains(f.names(), before) {
			for _, v := range f.values {
				values = append(values, given+v)
			}
		}
	}
	return values
}

// Flags returns the flags of a dialect as they are typed, for completion, each
// with what it does.
func Flags(d Dialect) (names, docs []string) {
	table := openbsdFlags()
	if d == Ncat {
		table = ncatFlags()
	}
	for _, f := range table {
		if f.hidden {
			continue
		}
		for _, name := range f.names() {
			names, docs = append(names, name), append(docs, f.doc)
		}
	}
	return names, docs
}

// pageText is the text of a manual page, without the flags.
type pageText struct {
	summary, description, exit, ends string
	synopsis                         []string // the operands of each form
	examples                         [][2]string
}

var ncText = pageText{
	summary: "read and write sockets, with the command line of OpenBSD's netcat",
	synopsis: []string{
		".Op Ar flags\n.Ar host port ...",
		".Fl l\n.Op Ar flags\n.Op Ar address\n.Ar port",
		".Fl U\n.Op Fl lu\n.Op Ar flags\n.Ar path",
	},
	description: `connects standard input and output to a TCP or UDP port or a unix socket, or listens for a client. It takes the flags of OpenBSD's netcat as packaged by Debian, with the same messages and exit status. ` +
		`A long flag that only ncat has selects ncat; see sosh-ncat(1). A link to sosh named nc, netcat or nc.openbsd works as this command.`,
	exit: `0 if at least one of the ports could be connected to; 1 otherwise, and for wrong usage.`,
	ends: `It exits after the peer has ended its side and the pending standard input is sent. Standard input counts as pending until it pauses: for 3 seconds in a client, for 0.2 seconds in a listener; with -N, up to its end. At the end of standard input, it sends a FIN only with -N or -q.`,
	examples: [][2]string{
		{"Send and receive a file:", "nc -l 8000 >copy\nnc -N host 8000 <file"},
		{"Find open ports:", "nc -zv host 1-1024"},
		{"Send a request:", `printf 'HEAD / HTTP/1.0\r\n\r\n' | nc host 80`},
	},
}

var ncatText = pageText{
	summary: "read and write sockets, with the command line of nmap's ncat",
	synopsis: []string{
		".Op Ar flags\n.Ar host\n.Op Ar port",
		".Fl l\n.Op Ar flags\n.Op Ar address\n.Op Ar port",
		".Fl U\n.Op Fl lu\n.Op Ar flags\n.Ar path",
	},
	description: `connects standard input and output to a TCP or UDP port or a unix socket, or serves clients: with a program for each client, as a broker between clients, or as a proxy. It takes the flags of nmap's ncat, with the same messages and exit status. ` +
		`A link to sosh named ncat works as this command. Times are in seconds, or have a unit: ms, s, m or h.`,
	exit: `0 for success; 1 for a network failure; 2 for any other failure, such as wrong usage.`,
	ends: `It exits after the peer has ended its side and the pending standard input is sent. Standard input counts as pending until it pauses for 0.2 seconds; in a client with -k, up to its end. At the end of standard input, it sends a FIN unless --no-shutdown is given. ` +
		`With UDP, it waits for answers after the end of standard input: 2 seconds for the first datagram, and 0.3 seconds for each one after it.`,
	examples: [][2]string{
		{"Run a shell for each client on this machine:", "ncat -lk 127.0.0.1 8000 -e /bin/sh"},
		{"TLS, with the certificate verified:", "ncat --ssl-verify host 443"},
		{"Connect through two proxies:", "ncat --proxy socks5://a:1080 --proxy http://b:3128 host 22"},
	},
}

func manPage(title, name string, table []flag, t pageText) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(".Dd $Mdocdate$")
	line(".Dt %s 1", strings.ToUpper(title))
	line(".Os sosh")
	line(".Sh NAME\n.Nm %s\n.Nd %s", title, t.summary)
	line(".Sh SYNOPSIS")
	for _, form := range t.synopsis {
		line(".Nm sosh %s\n%s", name, form)
	}
	line(".Sh DESCRIPTION\n.Nm sosh %s\n%s", name, roff(t.description))
	line(".Pp\nThe flags:\n.Bl -tag -width Ds")
	for _, f := range table {
		if f.hidden {
			continue
		}
		line(".It %s\n%s.", strings.Join(f.spellings(func(dash, name, arg string) string {
			s := "Fl " + roff(dash+name)
			if arg != "" {
				s += " Ar " + roff(arg)
			}
			return s
		}), " , "), roff(f.doc))
		if f.note != "" {
			line("%s", roff(f.note))
		}
	}
	line(".El\n.Ss When it exits\n%s", roff(t.ends))
	line(".Sh EXIT STATUS\n%s", roff(t.exit))
	line(".Sh EXAMPLES")
	for _, e := range t.examples {
		line("%s\n.Bd -literal -offset indent\n%s\n.Ed", e[0], strings.ReplaceAll(e[1], `\`, `\e`))
	}
	line(".Sh SEE ALSO\n.Xr sosh 1")
	return b.String()
}

// spellings are the ways to type a flag, each made by form of its dashes but
// the first (which mdoc's Fl adds), its name and its argument.
func (f *flag) spellings(form func(dash, name, arg string) string) []string {
	var s []string
	if f.letter != "" {
		s = append(s, form("", f.letter, f.arg))
	}
	if f.long != "" {
		s = append(s, form("-", f.long, f.arg))
	}
	return s
}

// roff escapes what means something in a manual page.
func roff(s string) string {
	s = strings.ReplaceAll(s, `\`, `\e`)
	s = strings.ReplaceAll(s, "-", `\-`)
	return strings.ReplaceAll(s, ". ", ".\n") // mdoc wants a sentence a line
}

const parityHead = `# sosh as nc and ncat

Made by ` + "`go generate ./...`" + ` from the tables of flags.

sosh follows OpenBSD's nc as packaged by Debian (1.219), and nmap's ncat 7.99 with the later changes to its source (7.991,
November 2026). Debian's ncat is 7.93; where the two versions differ, sosh follows 7.99. The tests run the same command lines, chosen
and random ones, with nc or ncat and with sosh, and compare the results.

The tables list each flag, what it does, and briefly what sosh does differently. The reasons are
[below](#intended-differences).

`

// parity is the table of both dialects' flags.
func parity() string {
	var b strings.Builder
	b.WriteString(parityHead)
	for _, d := range []struct {
		title string
		table []flag
	}{{"nc", openbsdFlags()}, {"ncat", ncatFlags()}} {
		fmt.Fprintf(&b, "## %s\n\n| flag | what it does | what sosh does differently |\n|---|---|---|\n", d.title)
		for _, f := range d.table {
			if f.hidden {
				continue
			}
			name := strings.Join(f.spellings(func(dash, name, arg string) string {
				s := "`-" + dash + name
				if arg != "" {
					s += " " + arg
				}
				return s + "`"
			}), ", ")
			fmt.Fprintf(&b, "| %s | %s | %s |\n", strings.ReplaceAll(name, "|", `\|`), f.doc, f.note)
		}
		b.WriteString("\n")
	}
	b.WriteString("## Intended differences\n")
	for _, group := range onPurpose {
		fmt.Fprintf(&b, "\n### %s\n\n", group.title)
		for _, d := range group.list {
			fmt.Fprintf(&b, "- %s\n  *%s*\n", d.what, d.why)
		}
	}
	return b.String()
}
