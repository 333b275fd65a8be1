package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sosh/internal/racedetector"
)

// A mixture has the parts of which random command lines are made.
type mixture struct {
	flags    []string
	operands []string
	// differs are the command lines for which sosh differs on purpose, each with the
	// reason; they are not compared.
	differs []difference
	// mute are those whose text on stderr is not compared.
	mute []*regexp.Regexp
}

type difference struct {
	args   *regexp.Regexp
	reason string
}

// randomLines is how many command lines of each dialect are compared.
// SOSH_RANDOM_LINES sets another number, and SOSH_RANDOM_SEED another seed.
const randomLines = 200

// TestRandomOpenBSD runs random command lines through nc.openbsd and sosh nc.
func TestRandomOpenBSD(t *testing.T) {
	compareRandom(t, lookOrSkip(t, "nc.openbsd"), "nc", openbsdMixture())
}

// TestRandomNcat runs random command lines through ncat and sosh ncat.
func TestRandomNcat(t *testing.T) { compareRandom(t, lookOrSkip(t, "ncat"), "ncat", ncatMixture()) }

func compareRandom(t *testing.T, peer, name string, m mixture) {
	t.Parallel()
	if racedetector.On || testing.Short() {
		t.Skip("hundreds of processes, whose words are the same and whose start takes long with the race detector")
	}
	sosh, err := exec.LookPath("sosh")
	if err != nil {
		t.Fatal(err)
	}
	seed, lines := uint64(1), randomLines
	if text := os.Getenv("SOSH_RANDOM_SEED"); text != "" {
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	if text := os.Getenv("SOSH_RANDOM_LINES"); text != "" {
		if lines, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	// A command line may never end that listens, sends datagrams, or does not send the
	// end of input that an echo server waits for.
	waits := regexp.MustCompile(`(^| )(-l|--broker|--chat|-u|-d|--recv-only)( |$)`)
	random := rand.New(rand.NewPCG(seed, 0))
	for i := range lines {
		c := confirmation{args: m.line(random)}
		if strings.Contains(c.args, "$ECHO") || strings.Contains(c.args, "$DIR/echo") {
			c.stdin = "a\nb\n"
		}
		c.hangs = waits.MatchString(c.args)
		if slices.ContainsFunc(m.differs, func(d difference) bool { return d.args.MatchString(c.args) }) {
			continue
		}
		c.mute = slices.ContainsFunc(m.mute, func(r *regexp.Regexp) bool { return r.MatchString(c.args) })
		t.Run(fmt.Sprintf("%d_%s", i, c.args), func(t *testing.T) {
			t.Parallel()
			w := newConfirmWorld(t)
			var got, theirs said
			for attempt := 0; attempt == 0 || attempt < 3 && got != theirs; attempt++ { // the machine may have been busy
				got = w.run(t, c, sosh, "sosh", name)
				theirs = w.run(t, c, peer, name)
				if c.mute {
					got.stderr, theirs.stderr = "", ""
				}
			}
			if usage := func(s said) bool { return s.status == 2 && s.out == "" && strings.HasSuffix(s.stderr, "QUITTING.\n") }; usage(got) && usage(theirs) {
				return // either may name any of several faults
			}
			if got != theirs {
				t.Errorf("seed %d: %s %s\nsosh: %v\npeer: %v", seed, name, c.args, got, theirs)
			}
		})
	}
}

// line is a command line of up to four flags, with the operands among them.
func (m mixture) line(random *rand.Rand) string {
	words := make([]string, 1+random.IntN(4))
	for i := range words {
		words[i] = m.flags[random.IntN(len(m.flags))]
	}
	words = append(words, m.operands[random.IntN(len(m.operands))])
	if random.IntN(4) == 0 {
		random.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	}
	return strings.Join(words, " ")
}

func differing(pattern, reason string) difference {
	return difference{regexp.MustCompile(pattern), reason}
}

func openbsdMixture() mixture {
	return mixture{
		flags: strings.Split("-4,-6,-b,-C,-D,-d,-h,-k,-l,-N,-n,-r,-t,-U,-u,-v,-vv,-z,-S,-Q,-zv,-nv,-i 0,-i x,-I 5000,-I 0,-O 5000,-M 9,-M 300,-m 1,"+
			"-p 0,-p $FREE,-p x,-q 1,-q x,-s 127.0.0.1,-s ::1,-s '',-T ef,-T 256,-W 1,-W 0,-w 1,-w x,-X 5,-X CONNECT,-X 6,-x 127.0.0.1:$CLOSED,-V 1,-P me,--,--bogus", ","),
		operands: strings.Split("127.0.0.1 $HELLO,-N 127.0.0.1 $ECHO,127.0.0.1 $CLOSED,localhost $HELLO,::1 $CLOSED,127.0.0.1 $CLOSED $HELLO,127.0.0.1 0,127.0.0.1 x,127.0.0.1,$FREE,"+
			",-N -U $DIR/echo,-U $DIR/none,127.0.0.1 http-https,127.0.0.1 1-3,127.0.0.1 70000,'' $HELLO", ","),
		differs: []difference{
			differing(`-l.* 70000|70000.* -l`, "nc takes 70000 for 4464"),
			differing(`-u.*-v|v.*-u`, "without -z no datagrams of our own are sent first"),
			differing(`-p x.*-s ''|-s ''.*-p x`, "which of two local faults is named"),
		},
		mute: []*regexp.Regexp{regexp.MustCompile(`(^| )-h( |$)`)},
	}
}

func ncatMixture() mixture {
	return mixture{
		flags: strings.Split("-4,-6,-U,--unixsock,-C,--crlf,-c cat,-e /bin/cat,-m 1,-h,-d 10ms,-d x,-o $DIR/log,-x $DIR/hex,-i 500ms,-i x,-p 0,-p $FREE,-p x,-s 127.0.0.1,-s '',"+
			"-l,-k,-n,-t,-u,-v,-w 300ms,-w 1M,-w x,-z,-zv,--append-output,--send-only,--recv-only,--no-shutdown -i 500ms,--allow 127.0.0.1,--allow 127.0.0.1/33,--deny 127.0.0.1,--allowfile none,"+
			"--broker,--chat,--proxy 127.0.0.1:$CLOSED,--proxy-type http,--proxy-type bogus,--proxy-auth a:b,--proxy-dns local,--proxy-dns bogus,--ssl-cert x,--nsock-engine poll,--version,"+
			"-g 127.0.0.1,-G 8,-G 3,--vsock,-Q,--bogus,--ssl-c x,--,-vv", ","),
		operands: strings.Split("127.0.0.1 $HELLO,127.0.0.1 $ECHO,127.0.0.1 $CLOSED,localhost $HELLO,::1 $CLOSED,127.0.0.1 $CLOSED $HELLO,127.0.0.1 x,127.0.0.1 70000,$FREE,"+
			",-u 127.0.0.1 $UDP,-U $DIR/echo,$DIR/none,127.0.0.1 http,127.0.0.1 1-3,'' $HELLO", ","),
		differs: []difference{
			differing(`(^| )(-h|--version)( |$)`, "the texts are compared elsewhere"),
			differing(`--no-shutdown|-i 500ms`, "ncat 7.93 waits for the end of its input when the network has ended"),
			differing(`-6.*--proxy|--proxy.*-6`, "ncat adds a hint about IPv6 and ports"),
			differing(`-s 127.*::1|::1.*-s 127`, "ncat 7.93 connects from another address than the one asked for"),
			differing(`--allow .*--allow `, "ncat 7.93 runs in a circle"),
			differing(`(-U|--unixsock).*(-4|-6)|(-4|-6).*(-U|--unixsock)`, "of ncat the last counts"),
			differing(`(^| )-u( |$)`, "when ncat leaves with datagrams is chance; the table has them"),
			differing(`-c cat|-e /bin/cat`, "whether the program is seen to write to a peer that is gone is chance"),
			differing(`-m 1.*-l|-l.*-m 1`, "the warning is compared elsewhere"),
			differing(`(-U|--unixsock).*(--allow|--deny)|(--allow|--deny).*(-U|--unixsock)`, "there is no host to look at"),
			differing(`(^| )-k( |$)`, "ncat 7.96 has -k for clients"),
			differing(`-vv|-v .*-v`, "the debugging output of nsock"),
			differing(`--vsock`, "ncat 7.93 takes any host for a CID, as far as it is a number"),
			differing(`-g 127`, "ncat 7.93 wants -4 beside it; with it, loopback drops the packets"),
			differing(`(-U|--unixsock).* \S+ \$[A-Z]+( |$)|\S+ \$[A-Z]+ .*(-U|--unixsock)`, "ncat 7.93 ignores the port beside a path"),
			differing(`--proxy-type http`, "ncat 7.93 ignores the host that a proxy is to listen on"),
			differing(`-v.*(-l|--broker|--chat)|(-l|--broker|--chat).*-v`, "ncat 7.99 has brackets and one line for each client"),
			differing(`--send-only.*--recv-only|--recv-only.*--send-only`, "neither sends nor prints anything"),
		},
	}
}
