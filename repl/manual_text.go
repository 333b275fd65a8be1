package repl

// The texts of the manual that belong to no verb, command or topic.

const (
	aboutText = "sosh is a shell for sockets. Its verbs are the calls of the BSD socket interface. Each verb makes its system call when you type it, and shows the result. " +
		"The same verbs are functions in Lua, for programs and tests."
	verbsText = "Each entry shows the syntax in words, as at the prompt, and in Lua. Brackets enclose optional arguments. H is a handle, the name of a socket. A handle has an inbox, a buffer with received data that no verb has taken yet. " +
		"A verb whose first argument is a handle is also a method of handles: c:send(\"x\") is send(c, \"x\"). A verb that fails raises an error."
	commandsText = "These commands exist only in the shell; they are not Lua functions."
)

// synopsis are the ways to start sosh.
var synopsis = []string{
	"sosh",
	"sosh [--record FILE] -c WORDS",
	"sosh FILE [ARG...]",
	"sosh run [--record FILE] FILE [ARG...]",
	"sosh test [FLAG...] [PATH...]",
	"sosh convert [FLAG...] IN... OUT",
	"sosh replay [FLAG...] FILE [ADDRESS]",
	"sosh types [DIR]",
	"sosh nc [FLAG...] [HOST] [PORT]",
	"sosh ncat [FLAG...] [HOST] [PORT]",
	"sosh tour",
	"sosh help [TOPIC]",
	"sosh completion bash|zsh|fish",
	"sosh --version",
}

// uses says what each does.
var uses = []item{
	{"sosh", "Starts a prompt, if standard input and output are a terminal. Received data is shown above the line being typed. Without a terminal, words are read from standard input."},
	{"sosh -c WORDS", "Runs words, separated by ; or newlines, and exits. Received bytes go unchanged to standard output, and messages to standard error."},
	{"--record FILE", "With any of these, records the events of the sockets in FILE, whose extension selects the format. - is a capture on standard output; the output of the program then goes to standard error. sosh help recordings explains it."},
	{"sosh FILE [ARG...]", "Runs a file: words if its name ends in .sosh, else Lua. A first line that begins with #! is skipped."},
	{"sosh run FILE [ARG...]", "Runs a Lua program, with its arguments in the table arg. If FILE is -, the program is read from standard input. A handle has a background receiver only after watch, wait or on."},
	{"sosh test [PATH...]", "Runs the tests in every *_test.lua; see the section on tests, and sosh test --help."},
	{"sosh replay FILE [ADDRESS]", "Plays one side of a recording or a capture against a real other side, and compares; see the section on the prompt, and sosh replay --help."},
	{"sosh convert IN... OUT", "Writes recordings and captures in another form; see the section on the prompt, and sosh convert --help."},
	{"sosh types [DIR]", "Writes annotations of the Lua functions, for the Lua Language Server."},
	{"sosh nc, sosh ncat", "Does what netcat does, with the flags of OpenBSD's nc or of nmap's ncat; see sosh-nc(1) and sosh-ncat(1)."},
	{"sosh tour", "Shows the life of a socket on loopback, step by step."},
	{"sosh help [TOPIC]", "Explains a verb, a command, a socket option or a topic, such as words, lua, options, kinds, addresses or keys."},
	{"sosh completion SHELL", "Writes a script that completes the command line of sosh, for bash, zsh or fish."},
}

// manualEnd are the last sections.
var manualEnd = []section{
	{"Netcat", []block{
		{text: "Differences from nc(1):"},
		{items: netcatItems},
	}},
	{"Environment", []block{{items: []item{
		{"SOSH_PATH", "Directories, separated by colons, in which require looks for NAME.lua and NAME/init.lua, after the directory of the script."},
		{"XDG_CONFIG_HOME", "The directory that contains sosh/init.lua and sosh/init.sosh; default $HOME/.config."},
		{"XDG_STATE_HOME", "The directory that contains sosh/history; default $HOME/.local/state."},
		{"NO_COLOR", "If set and not empty, the output has no colours. Bold, dim, underlined and reverse text stays."},
		{"PAGER", "The program that pages help at the prompt, if it does not fit the screen; default less, if that is installed. If empty, nothing is paged."},
		{"VISUAL, EDITOR", "The editor that Ctrl-X Ctrl-E runs; default vi."},
		{"SHELL", "The shell that runs the commands of !; default sh."},
	}}}},
	{"Files", []block{{items: []item{
		{"$XDG_CONFIG_HOME/sosh/init.lua", "Lua code that runs before the first prompt."},
		{"$XDG_CONFIG_HOME/sosh/init.sosh", "Words that run after it: aliases, settings, and at the end the targets to dial. The first error ends the file."},
		{"$XDG_STATE_HOME/sosh/history", "The lines typed at the prompt, 50,000 at most, one object of JSON each. All sessions share it; only its owner can read it. Passwords are masked, and lines that begin with a blank are not kept."},
	}}}},
	{"Exit status", []block{{items: []item{
		{"0", "Success, or the end of a prompt. exit and os.exit can set another status."},
		{"1", "A command or a script failed."},
		{"2", "The command line was wrong, or FILE does not exist."},
		{"130", "Ctrl-C ended the program."},
		{"141", "Nothing reads its output any more."},
	}}}},
	{"Examples", []block{
		{text: "Ask a web server by hand:"},
		{lines: []string{`sosh -c 'dial 127.0.0.1:80 c; send c "GET / HTTP/1.0\r\n\r\n"; recvall c'`}},
		{text: "Listen, take one client, and keep what it sends:"},
		{lines: []string{"sosh -c 'socket tcp srv; bind srv 127.0.0.1:7000; listen srv; accept srv c; recvall c' >file"}},
		{text: "Send a request every second, at the prompt:"},
		{lines: []string{"sosh> dial 127.0.0.1:6379 c", `sosh> every 1s send c "PING\r\n"`}},
		{text: "An echo server in Lua:"},
		{lines: []string{
			"#!/usr/bin/env sosh",
			`serve("127.0.0.1:7000", function(c)`,
			"  while true do",
			"    local data = recv(c)",
			"    if not data then break end",
			"    send(c, data)",
			"  end",
			"end)",
		}},
	}},
	{"See also", []block{{text: "nc(1), socket(2), ip(7), socket(7), tcp(7), udp(7), unix(7), ss(8)"}}},
}

// netcatItems are the differences from nc.
var netcatItems = []item{
	{"One call at a time", "nc creates, binds and connects a socket in one step. Here each step is a command, and options can be set in between."},
	{"Many sockets", "nc has one connection. sosh has any number: clients, servers and their peers in one session."},
	{"Bytes as typed", "send adds no newline (sendline does). Quotes, escapes and hex= give exact control over the bytes that are sent."},
	{"End of the stream", "nc exits when its input or its peer ends. Here shutdown and close are commands, and the end of the peer's stream is shown as an event."},
	{"Datagrams", "One UDP socket talks to many peers without connect. Each datagram is shown separately, with its sender and whether it was truncated."},
	{"Errors", "Every error names the call that failed, the socket, the address and the errno. nc prints none without -v."},
	{"Terminals", "Received bytes are escaped on a terminal. A pipe or a file gets them unchanged."},
}
