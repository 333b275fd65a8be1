package e2e

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// TestCompletion has bash complete the flags of sosh nc and sosh ncat, and those
// of a link.
func TestCompletion(t *testing.T) {
	t.Parallel()
	bash := lookOrSkip(t, "bash")
	for _, tt := range []struct{ script, function, line, want string }{
		{"sosh completion bash", "__start_sosh", "sosh nc -", "-z"},
		{"sosh completion bash", "__start_sosh", "sosh nc --p", "--port-file"},
		{"sosh completion bash", "__start_sosh", "sosh ncat --ssl-v", "--ssl-verify"},
		{"sosh completion bash", "__start_sosh", "sosh completion bash n", "ncat"},
		{"sosh completion bash", "__start_sosh", "sosh nc -X c", "connect"},
		{"sosh completion bash", "__start_sosh", "sosh ncat --proxy-type socks5", "socks5"},
		{"sosh completion bash nc", "__start_nc", "nc -T lowd", "lowdelay"},
		{"sosh completion bash ncat", "__start_ncat", "ncat --proxy-dns l", "local"},
		{"sosh completion bash nc", "__start_nc", "nc -", "-z"},
		{"sosh completion bash ncat", "__start_ncat", "ncat --proxy-", "--proxy-dns"},
		{"sosh completion bash nc.openbsd", "__start_nc.openbsd", "nc.openbsd -", "-N"},
	} {
		cmd := exec.Command(bash, "--norc", "-c", fmt.Sprintf(`
compopt() { :; }
# what the package bash-completion has
_get_comp_words_by_ref() {
	words=("${COMP_WORDS[@]}") cword=$COMP_CWORD cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
}
source <(%s) || exit
COMP_LINE=%q
COMP_POINT=${#COMP_LINE} COMP_TYPE=9 COMP_KEY=9
read -ra COMP_WORDS <<<"$COMP_LINE"
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
%s
printf '%%s\n' "${COMPREPLY[@]%%%% *}"
`, tt.script, tt.line, tt.function))
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil || !strings.Contains("\n"+string(out), "\n"+tt.want+"\n") {
			t.Errorf("%q: %v, got %q, want a line %q\n%s", tt.line, err, out, tt.want, stderr.String())
		}
	}
}
