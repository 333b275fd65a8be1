package netcat

// A difference is what sosh does otherwise than the genuine netcat, and why.
type difference struct{ what, why string }

// onPurpose are the differences that are no faults.
var onPurpose = []struct {
	title string
	list  []difference
}{
	{"nc and ncat", []difference{
		{"The client leaves when the network has ended and what standard input has is sent; nc.openbsd and ncat before 7.96 wait for the end of standard input too.", "A script whose standard input stays open would hang."},
		{"A missing standard descriptor (`<&-`) is opened on /dev/null; the genuine ones hang, or take the socket for it.", "A service manager may start a program like that."},
		{"Datagrams are received whole, up to 65,535 bytes, and an empty one ends nothing.", "A datagram that was cut can't be told from a whole one."},
		{"The path of a unix socket is removed at the end; abstract names begin with `@`.", "A path that is left over keeps the next listener from binding it."},
		{"Names that a peer chooses (the path of its socket, the fields of its certificate, the status line of a proxy) are escaped in messages.", "They could forge lines and act on the terminal."},
		{"An empty host or path to listen on is refused; ncat and `nc -l ''` listen anywhere.", "It is a variable that is not set, and a listener for the whole network is no guess to make."},
		{"`-z` tries many ports at once (`--parallel`), and tells of them in order.", "A scan of 65,535 ports takes seconds."},
		{"A link named nc speaks ncat when a long flag is given that only ncat has; not for `--version`.", "On some systems nc is ncat; scripts find out by `nc --version`."},
		{"Flags may stand behind the host and the port whatever `POSIXLY_CORRECT` says.", "A script needs no other flags for a setting of its caller."},
		{"`--help` is a text of one screen; `-h` is the list that the genuine ones have.", "Scripts look for phrases of the list; people read the text."},
	}},
	{"nc", []difference{
		{"Ports above 65,535 are refused for `-p` and `-l` too; nc takes 65,536 for 0 and 70,000 for 4,464.", "Nobody means that."},
		{"`-q` with a time leaves when it is over; nc.openbsd 1.219 goes on waiting for the network.", "nc(1) has it so."},
		{"`-q` does not keep it when the network has ended before; nc.openbsd 1.219 waits for that time then.", "Nothing more can come, and the next one of a loop could be listening."},
		{"`-q 0` leaves when an answer has not begun in 0.3 s, or has paused for 1 s; nc.openbsd 1.219 waits until the peer closes.", "It is for sending and leaving, where the peer stays."},
		{"With `-u -v` and no `-z` no datagrams are sent to find out whether the port is there.", "They are part of what the peer receives."},
		{"`-F` passes a blocking socket.", "The program that receives it expects the socket that socket(2) makes."},
		{"`-Z` says that there is no DCCP.", "nc says nothing at all."},
	}},
	{"ncat", []difference{
		{"The proxy (`-l --proxy-type`) binds the address that it was told; ncat listens on all addresses then.", "It would be open to the network."},
		{"An empty argument (`-e ''`, `-o ''`, `--ssl-cert ''`) is refused wherever it has no meaning.", "It is a variable that is not set; taken as not given, it would turn off what was asked for."},
		{"Tunnels of a proxy stay open while one direction is; ncat ends both at the first FIN. Answers of a proxy are not lost in a reset, a repeated Digest answer is refused, and SHA-256 is known.", "The end of a request is not the end of its answer."},
		{"Without `-k`, a listener goes on waiting after a client that `--allow` or `--deny` has turned away.", "With ncat anybody can end it."},
		{"`-k -i` ends the client that is idle, not the server.", "One idle client is no reason to turn away the others."},
		{"A DTLS listener with an empty standard input (`</dev/null`) stays and receives.", "ncat leaves before it has received a byte."},
		{"A listener with `--recv-only` and an address waits for a client; ncat 7.991 leaves at once.", "That is a fault of 7.991."},
		{"A listener with `--ssl-verify` or `--ssl-trustfile` demands a certificate of its clients.", "ncat ignores both, and serves everyone."},
		{"`--ssl-verify` takes the addresses in a certificate for addresses.", "ncat refuses `127.0.0.1` with the very address in the certificate."},
		{"`--send-only` sees a reset of the peer at once.", "What is sent after it is lost."},
		{"What was received before standard input failed is printed.", "It had arrived."},
		{"A signal goes to the programs of `-e` and `-c`, not to the caller's process group.", "The script that has started the listener is not to be killed by it."},
		{"A client of datagrams waits for the answer to the last one, for 2 seconds at most; ncat leaves with its input.", "`echo query | ncat -u` is there for the answer."},
		{"`-d` keeps what is sent apart by that time; ncat waits before each write, the first too, and then writes all it has.", "The flag is for peers that need lines apart."},
		{"`-w 120`, and other times from 100 s on without a unit, are taken.", "Nobody has meant milliseconds since 2010."},
		{"`-e` looks for a program in PATH; one that can't be started is status 2.", "ncat leaves with 0 and the peer gets nothing."},
		{"`-g` and a route that the kernel refuses is an error, and needs no `-4` beside an IPv4 address.", "ncat connects without the route."},
		{"`-U --ssl`, `-U --broker`, `--ssl-alpn` with `-l` and several `--proxy` work; ncat refuses them.", "They have a plain meaning."},
		{"`--proxy` with `-u`, `--send-only` with `--recv-only`, `--vsock` with `-u` or `-U`, and a port beside a path of `-U` are refused; ncat ignores one of the two.", "What was asked for can't be done."},
		{"`--allow` and `--deny` with `-U` or `--vsock` are refused.", "Such a peer has no address, so that the list would let everybody in."},
		{"`--ssl-ciphers` takes OpenSSL's cipher strings; `HIGH` and `ALL` are the secure suites, an insecure one has to be named. DHE suites are missing.", "The TLS library of Go has no others."},
		{"Fingerprints are shown as SHA-256 too; that of a temporary key as SHA-256 alone.", "SHA-1 no longer identifies anything."},
		{"The listener is told of once, not anew for each datagram client of `-k`.", "The lines say nothing new."},
		{"With `--chat -v` the line that tells of a client has no number of a descriptor.", "The numbers of users are no descriptors, and none is given twice."},
		{"`-vv` has no debugging output.", "It is that of nsock, which sosh does not have."},
	}},
}
