package netcat

// A difference is something that sosh does unlike nc or ncat, and why.
type difference struct{ what, why string }

// onPurpose are the intended differences.
var onPurpose = []struct {
	title string
	list  []difference
}{
	{"nc and ncat", []difference{
		{"The client exits when the peer has ended its side and the pending standard input is sent; nc.openbsd and ncat before 7.96 wait for the end of standard input too.", "A script whose standard input stays open would hang."},
		{"A missing standard descriptor (`<&-`) is opened on /dev/null; nc.openbsd and ncat hang, or use the socket in its place.", "A service manager may start a program without one."},
		{"Datagrams are received whole, up to 65,535 bytes, and an empty datagram does not end the session.", "A truncated datagram can't be told from a whole one."},
		{"The path of a unix socket is removed at the end; abstract names begin with `@`.", "The next listener could not bind a path that still exists."},
		{"Names that a peer chooses (the path of its socket, the fields of its certificate, the status line of a proxy) are escaped in messages.", "They could forge lines and control the terminal."},
		{"An empty host or path to listen on is refused; ncat and `nc -l ''` listen on all addresses.", "The likely cause is a variable that is not set, and a guess must not open a port to the whole network."},
		{"`-z` tries many ports at once (`--parallel`), and reports them in order.", "A scan of 65,535 ports then takes seconds."},
		{"A link named nc acts as ncat when it is given a long flag that only ncat has, except `--version`.", "On some systems nc is ncat; scripts run `nc --version` to find out."},
		{"Flags may follow the host and the port, whatever `POSIXLY_CORRECT` says.", "A script must not depend on a variable in its caller's environment."},
		{"sosh needs about 850 MB of address space (`ulimit -v`). Below about 760 MB, the Go runtime prints the error.", "The runtime reserves its heap before the program begins; of this, sosh uses about 10 MB."},
		{"Of the signals that the parent ignores, only HUP, INT and, with INT, QUIT stay ignored.", "The Go runtime installs its handlers for the others before the program begins."},
		{"`--help` is a text of one screen; `-h` prints the list of nc.openbsd or ncat.", "Scripts search the list for phrases; people read the text."},
	}},
	{"nc", []difference{
		{"Ports above 65,535 are refused for `-p` and `-l` too; nc.openbsd takes 65,536 as 0 and 70,000 as 4,464.", "Such a port is a typing error."},
		{"`-q` with a time exits when the time is over; nc.openbsd 1.219 keeps waiting for the network.", "The manual page nc(1) says that it exits."},
		{"With `-q`, nc exits at once if the connection ends before the time is over; nc.openbsd 1.219 waits until it is over.", "Nothing more can arrive, and in a loop the next nc could already be listening."},
		{"`-q 0` exits if no answer has begun within 0.3 s, or once an answer has paused for 1 s; nc.openbsd 1.219 waits until the peer closes.", "Its purpose is to send and exit, even if the peer keeps the connection open."},
		{"With `-u -v` and without `-z`, no datagrams are sent to probe whether the port is open.", "The peer would receive them as data."},
		{"`-F` passes a blocking socket.", "The program that receives it expects a blocking socket, as socket(2) creates one."},
		{"`-Z` fails with a message that DCCP is not supported.", "nc.openbsd prints no message."},
	}},
	{"ncat", []difference{
		{"The proxy (`-l --proxy-type`) listens on the given address only; ncat ignores it and listens on all addresses.", "The proxy would be open to the network."},
		{"An empty argument (`-e ''`, `-o ''`, `--ssl-cert ''`) is refused wherever it has no meaning.", "The likely cause is a variable that is not set; ignoring the flag would turn off what the user asked for."},
		{"The proxy keeps a tunnel open while one direction is open (half-close); ncat ends both directions at the first FIN. A reset does not discard the proxy's answers. The proxy refuses a replayed Digest response, and supports SHA-256.", "The end of a request is not the end of its answer."},
		{"Without `-k`, a listener keeps waiting after `--allow` or `--deny` has refused a client.", "With ncat, any denied client can end the listener."},
		{"`-k -i` disconnects the idle client and does not end the server.", "One idle client is no reason to disconnect the others."},
		{"A DTLS listener with an empty standard input (`</dev/null`) keeps receiving.", "ncat exits before it has received a byte."},
		{"A listener with `--recv-only` and an address waits for a client; ncat 7.991 exits at once.", "That is a bug of 7.991."},
		{"A listener with `--ssl-verify` or `--ssl-trustfile` demands a certificate from each client.", "ncat ignores both flags, and serves everyone."},
		{"`--ssl-verify` compares a numeric host with the IP addresses in the certificate.", "ncat refuses `127.0.0.1` even when the certificate has that address."},
		{"`--send-only` notices a reset by the peer at once.", "Data sent after the reset is lost."},
		{"A listener with `--send-only` whose client has ended its side leaves when standard input has been silent for 3 s; ncat 7.991 leaves at once.", "The client may have half-closed, and wait for the rest."},
		{"If reading standard input fails, data that was received before is still printed.", "The data is complete and valid."},
		{"A signal goes to the programs of `-e` and `-c`, not to the caller's process group.", "The listener must not kill the script that started it."},
		{"A datagram client waits up to 2 seconds for the answer to its last datagram; ncat exits at the end of its input.", "The user of `echo query | ncat -u` wants the answer."},
		{"`-d` waits between the lines that it sends; ncat waits before each write, even the first, and then writes all pending data.", "The flag is for peers that need a pause between lines."},
		{"`-w 120`, and other times of 100 s or more without a unit, are accepted; ncat refuses them.", "ncat refuses them because until 2010, times without a unit were in milliseconds; today they are seconds."},
		{"`-e` looks for the program in PATH; if it can't be started, the exit status is 2.", "ncat exits with status 0, and the peer gets nothing."},
		{"A route (`-g`) that the kernel refuses is an error, and `-g` needs no `-4` with an IPv4 address.", "ncat connects without the route."},
		{"`-U --ssl`, `-U --broker`, `--ssl-alpn` with `-l` and several `--proxy` work; ncat refuses them.", "Their meaning is clear."},
		{"`--proxy` with `-u`, `--send-only` with `--recv-only`, `--vsock` with `-u` or `-U`, and a port beside a path of `-U` are refused; ncat ignores one of the two.", "sosh can't do both."},
		{"`--allow` and `--deny` with `-U` or `--vsock` are refused.", "Such a peer has no host address, so the list would admit everybody."},
		{"`--ssl-ciphers` takes OpenSSL's cipher strings; `HIGH` and `ALL` include only secure suites, and an insecure suite must be named. DHE suites are missing.", "Go's TLS library has no DHE suites."},
		{"Fingerprints are shown as SHA-1 and SHA-256, and that of a temporary key as SHA-256 only.", "A SHA-1 fingerprint no longer identifies a key."},
		{"With `-k` and datagrams, the line \"Listening on\" is printed once, not again for each client.", "The repeated lines would contain nothing new."},
		{"With `--chat -v`, the line about a new client shows no descriptor number.", "User numbers are not descriptors, and are never reused."},
		{"`-vv` prints no debugging output.", "In ncat it comes from nsock, a library that sosh does not use."},
	}},
}
