#!/usr/bin/env bash
# Installs the .deb, uses what it brings, removes it, and finds nothing left. The
# machine stays as it is: this happens in a mount namespace, on a view of its own
# root whose changes are kept in memory and dropped. It wants root for that.
#
# install.sh --clean [DIST] does the same with the files of a release, on a new minimal
# Debian (SUITE=trixie for another than this one), and also asks lintian, zsh, fish,
# sha256sum, an empty root, and rpm for its package. It wants Debian's mirror and the
# packages lintian, mmdebstrap and rpm.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

fail() {
	echo "install: $*" >&2
	exit 1
}

# inside runs a program of the root that is tested.
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp TERM=xterm LC_ALL=C.UTF-8 "$@"; }

# same WANT PROGRAM ARG... compares the output of a program in the root.
same() {
	local want=$1 got
	shift
	got=$(inside "$@") || fail "$*: exit status $?"
	[ "$got" = "$want" ] || fail "$*: got \"$got\", want \"$want\""
}

# shows WANT PROGRAM ARG... finds a text in the output of a program in the root. The
# whole output is read first, for the program to be done with it.
shows() {
	local want=$1 got
	shift
	got=$(inside "$@" 2>&1) || true
	[[ $got == *"$want"* ]] || fail "$*: got \"$got\", want \"$want\" in it"
}

# files lists the files of the root, but for what dpkg and man keep about packages.
# What sosh leaves in /tmp and in HOME counts, as does each alternative.
files() {
	inside find /etc /usr /tmp /var/lib/dpkg/alternatives /var/lib/dpkg/info -printf '%p %y %m %U:%G %l\n' | sort
	inside sh -c 'for link in nc netcat; do ls -l "/bin/$link" 2>/dev/null; done; update-alternatives --query nc 2>/dev/null || true' | sed 's/.*[0-9]:[0-9]* //'
}

# nothing_left NAME: the files are those of the list before.
nothing_left() {
	files >"$work/after"
	diff "$work/before" "$work/after" || fail "$1: files are left, or gone (< before, > after)"
}

# transfer: nc, by whatever it is, sends a line to sosh.
transfer() {
	local got
	got=$(inside sosh run - <<-'LUA'
		local server = socket("tcp", "server")
		bind(server, "127.0.0.1:0")
		listen(server)
		local nc = io.popen("echo hello | nc -N 127.0.0.1 " .. server:getsockname():match("%d+$"))
		print(recvall(accept(server, {timeout = 60}), {timeout = 60}))
		nc:close()
	LUA
	) || fail "nc does not connect"
	[ "$got" = hello ] || fail "nc sent \"$got\", want \"hello\""
}

is_sosh() { [[ $(inside nc -h 2>&1) == *'as sosh speaks it'* ]]; }

# use: everything that the package brings works.
use() {
	shows "sosh $version" sosh --version
	shows 'That was the life of a socket' sosh tour
	for page in sosh sosh-nc sosh-ncat; do
		same "/usr/share/man/man1/$page.1.gz" man -w "$page"
		shows NAME man "$page"
	done
	expect packaging/completion.exp "$root" >"$work/completion" || fail "$(cat "$work/completion")"
	shows Ncat: /usr/lib/sosh/ncat --version
	for name in nc netcat nc.openbsd; do shows 'as sosh speaks it' "/usr/lib/sosh/$name" -h; done
}

# absent: the package is the only netcat.
absent() {
	files >"$work/before"
	inside dpkg -i /package.deb >"$work/log" 2>&1 || fail "$(cat "$work/log")"
	use
	is_sosh || fail "nc is not sosh where there is no other"
	shows 'as sosh speaks it' netcat -h
	shows sosh man nc
	transfer
	# The same again is an upgrade, which keeps the alternative.
	inside dpkg -i /package.deb >"$work/log" 2>&1 || fail "upgrade: $(cat "$work/log")"
	is_sosh || fail "the upgrade lost the alternative"
	inside dpkg --purge sosh >"$work/log" 2>&1 || fail "$(cat "$work/log")"
	if inside sh -c 'command -v nc sosh'; then fail "a command is left"; fi
	nothing_left "without another netcat"
}

# present: nc.openbsd stays nc, until the administrator says otherwise.
present() {
	files >"$work/before"
	inside dpkg -i /package.deb >"$work/log" 2>&1 || fail "$(cat "$work/log")"
	same /bin/nc.openbsd readlink /etc/alternatives/nc
	inside update-alternatives --set nc /usr/lib/sosh/nc >"$work/log" || fail "$(cat "$work/log")"
	is_sosh || fail "nc is not sosh, which was chosen"
	transfer
	inside update-alternatives --auto nc >"$work/log"
	if is_sosh; then fail "nc is sosh, by itself, beside nc.openbsd"; fi
	transfer
	inside update-alternatives --set nc /usr/lib/sosh/nc >"$work/log"
	inside dpkg --purge sosh >"$work/log" 2>&1 || fail "$(cat "$work/log")"
	same /bin/nc.openbsd readlink /etc/alternatives/nc
	nothing_left "beside nc.openbsd"
}

# empty BINARY: it runs where there is nothing else, not even /dev and /proc.
empty() {
	mkdir -p "$work/empty"
	cp "$1" "$work/empty/sosh"
	ln -s sosh "$work/empty/nc"
	root=$work/empty
	chroot "$root" /sosh tour >"$work/tour" </dev/null || fail "sosh tour on an empty root: $(cat "$work/tour")"
	[[ $(chroot "$root" /nc -h 2>&1) == *'as sosh speaks it'* ]] || fail "nc on an empty root"
}

# fedora PACKAGE: rpm installs it in a root that has the directories of every system,
# and removes what it brought. Nothing of a Fedora is there.
fedora() {
	local root=$work/fedora
	mkdir -p "$root"/usr/{bin,lib,share/{doc,man/man1,bash-completion/completions,fish/vendor_completions.d,zsh/site-functions}}
	(cd "$root" && find usr | sort) >"$work/before"
	rpm --root "$root" --initdb
	rpm --root "$root" -i --nodeps "$1" 2>"$work/log" || fail "$(cat "$work/log")"
	rpm --root "$root" -V --nodeps sosh || fail "rpm -V: the installed files differ from the package's"
	chroot "$root" /usr/bin/sosh tour >"$work/tour" </dev/null || fail "sosh tour from the .rpm: $(cat "$work/tour")"
	rpm --root "$root" -e sosh 2>"$work/log" || fail "$(cat "$work/log")"
	(cd "$root" && find usr | sort) | diff "$work/before" - || fail "the .rpm leaves files, or takes some"
}

if [ "$(id -u)" != 0 ] || ! unshare --mount true 2>/dev/null; then
	echo "install: wants root and mount namespaces; the package was not installed"
	exit 0
fi
# The namespace ends with the script, and with it every mount.
if [ -z "${INSTALL_NAMESPACE:-}" ]; then
	INSTALL_NAMESPACE=yes exec unshare --mount --propagation private "$BASH" "$0" "$@"
fi

work=$(mktemp -d)
trap 'umount -lq "$work" || true; rmdir "$work"' EXIT
mount -t tmpfs tmpfs "$work"

if [ "${1:-}" = --clean ]; then
	dist=${2:-dist}
	[ -f "$dist/SHA256SUMS" ] || fail "$dist has no release: run ci/release.sh VERSION"
	(cd "$dist" && sha256sum --quiet -c SHA256SUMS)
	package=$(echo "$dist"/sosh_*_"$(dpkg --print-architecture)".deb)
	version=$(dpkg-deb -f "$package" Version)
	version=${version%-1}
	version=${version/\~/-}
	lintian --allow-root --fail-on error "$package"
	archive=$(echo "$dist"/sosh_*_linux_"$(dpkg --print-architecture)".tar.gz)
	mkdir "$work/unpacked"
	tar -xzf "$archive" -C "$work/unpacked" --strip-components=1
	empty "$work/unpacked/bin/sosh"
	fedora "$(echo "$dist"/sosh-*."$(uname -m)".rpm)"
	root=$work/root
	. /etc/os-release
	suite=${SUITE:-$VERSION_CODENAME}
	echo "install: a new Debian $suite"
	mmdebstrap --quiet --variant=minbase --include=bash-completion,fish,man-db,zsh "$suite" "$root"
	mount --bind /dev "$root/dev"
	mount -t proc proc "$root/proc"
	cp "$package" "$root/package.deb"
	absent
	inside dpkg -i /package.deb >"$work/log" 2>&1
	same _sosh zsh -fc 'autoload -U compinit; compinit -D; print $_comps[sosh]'
	shows convert fish -c 'complete -C "sosh conv"'
	inside dpkg --purge sosh >"$work/log" 2>&1
	inside apt-get update -q >"$work/log" 2>&1 && inside apt-get install -q -y netcat-openbsd >"$work/log" 2>&1 || fail "$(cat "$work/log")"
	present
else
	version=0.0.0-test
	CGO_ENABLED=0 go build -ldflags "-s -w -X sosh/internal/cli.releaseVersion=$version" -o "$work/sosh" .
	DIRTY=1 TARGETS=linux/$(go env GOARCH) PACKAGERS=deb BINARY=$work/sosh DIST=$work/dist ci/release.sh "$version"
	empty "$work/sosh"
	root=$work/root
	mkdir "$work/upper" "$work/changes" "$root"
	mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/changes" "$root"
	mount --bind /dev "$root/dev"
	mount -t proc proc "$root/proc"
	mount -t tmpfs tmpfs "$root/tmp"
	cp "$work"/dist/*.deb "$root/package.deb"
	# To index every manual page again takes longer than all of this.
	rm -f "$root/var/lib/man-db/auto-update"
	present
	inside dpkg --purge --force-depends netcat-openbsd netcat-traditional ncat >"$work/log" 2>&1 || fail "$(cat "$work/log")"
	absent
fi
echo "install: installed, used and removed; nothing is left"
