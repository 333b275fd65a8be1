#!/usr/bin/env bash
# release.sh VERSION makes everything that a release has in dist/, and nothing of it
# on the network: static binaries, packages, a container image, a Homebrew formula,
# SBOMs and checksums. It wants bash, git, Go, GNU tar and gzip, and no root; modules
# come from the proxy. The same commit gives the same bytes with the same Go, tar and
# gzip, wherever it is: ci/reproduce.sh compares.
#
# For tests: TARGETS="linux/amd64" makes less, PACKAGERS="deb" only packages, of the
# program BINARY if that is set, into DIST, and DIRTY=1 takes a tree that has changes.
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/about
export LC_ALL=C TZ=UTC
umask 022

fail() {
	echo "release: $*" >&2
	exit 1
}

version=${1:-}
version=${version#v}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || {
	echo "usage: ci/release.sh VERSION (such as 0.1.0 or 0.2.0-rc.1)" >&2
	exit 2
}
targets=${TARGETS:-linux/amd64 linux/arm64 linux/386 linux/armv7 linux/riscv64 darwin/amd64 darwin/arm64 freebsd/amd64}
packagers=${PACKAGERS:-deb rpm apk}

# The commit, and its time for every file.
git() { command git -c safe.directory="$PWD" "$@"; }
[ -n "${DIRTY:-}" ] || [ -z "$(git status --porcelain)" ] || fail "the tree has changes that no commit has (git status)"
commit=$(git rev-parse HEAD)
if tagged=$(git rev-parse -q --verify "v$version^{commit}") && [ "$tagged" != "$commit" ]; then
	fail "the tag v$version is of another commit, $tagged"
fi
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

# Nothing of the caller's that changes the code.
unset GOOS GOARCH GOEXPERIMENT GOAMD64 GO386 GOARM GOARM64 GORISCV64
export CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOENV=off GOWORK=off GOPROXY="${GOPROXY:-https://proxy.golang.org}"
package=sosh/internal/cli
ldflags="-s -w -X $package.releaseVersion=$version -X $package.releaseCommit=$commit -X $package.releaseDate=$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dist=$(realpath -m "${DIST:-dist}")
[ -n "${DIST:-}" ] || rm -rf "$dist"
mkdir -p "$dist"

# build TARGET FILE
build() {
	local os=${1%/*} arch=${1#*/} arm=
	[ "$arch" != armv7 ] || arch=arm arm=7
	env ${os:+GOOS=$os} ${arch:+GOARCH=$arch} ${arm:+GOARM=$arm} go build -trimpath -ldflags "$ldflags" -o "$2" .
}

# sbom FILE OUT lists the modules that the build recorded in the program. That the
# main module has neither address nor licence to be found is no warning of use.
sbom() {
	go run -trimpath "$cyclonedx" bin -json -std -licenses -noserial -notimestamp -version "v$version" -output "$2" "$1" 2>"$work/sbom.log" ||
		{ cat "$work/sbom.log" >&2; fail "no SBOM for $1"; }
}

# What every archive and package has beside the program, which is the first to run.
root=$work/root
if [ -n "${BINARY:-}" ]; then
	cp "$BINARY" "$work/native"
else
	build / "$work/native"
fi
doc=$root/share/doc/sosh
mkdir -p "$root/bin" "$root"/share/{man/man1,bash-completion/completions,zsh/site-functions,fish/vendor_completions.d} "$doc"/{doc/images,testdata}
for page in doc/*.1; do gzip -9n <"$page" >"$root/share/man/man1/${page##*/}.gz"; done
"$work/native" completion bash >"$root/share/bash-completion/completions/sosh"
"$work/native" completion zsh >"$root/share/zsh/site-functions/_sosh"
"$work/native" completion fish >"$root/share/fish/vendor_completions.d/sosh.fish"
cp README.md SECURITY.md CHANGELOG.md LICENSE.md "$doc"
cp doc/*.md "$doc/doc"
cp doc/images/* "$doc/doc/images"
cp -R testdata/protocols "$doc/testdata"
packaging/third-party.sh >"$doc/THIRD-PARTY"

# What only Debian's package has.
mkdir "$work/deb"
cat LICENSE.md packaging/copyright >"$work/deb/copyright"
gzip -9n <CHANGELOG.md >"$work/deb/changelog.gz"
gzip -9n <<-CHANGES >"$work/deb/changelog.Debian.gz"
	sosh (${version/-/\~}-1) unstable; urgency=medium

	  * Built from commit $commit.

	 -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
CHANGES
cp packaging/{postinst,prerm,lintian-overrides} "$work/deb"
chmod -R u=rwX,go=rX "$root" "$work/deb"
find "$root" "$work/deb" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +

images=()
for target in $targets; do
	os=${target%/*} arch=${target#*/}
	echo "release: $target"
	if [ -n "${BINARY:-}" ]; then
		cp "$BINARY" "$root/bin/sosh"
	else
		build "$target" "$root/bin/sosh"
	fi
	chmod 755 "$root/bin/sosh"
	touch -d "@$SOURCE_DATE_EPOCH" "$root/bin/sosh" "$root/bin"

	if [ "$os" = linux ]; then
		for packager in $packagers; do
			(cd "$work" && ARCH=${arch/armv7/arm7} VERSION=$version MAINTAINER=$maintainer HOMEPAGE=$homepage \
				go run "$nfpm" package -f "$OLDPWD/packaging/nfpm.yaml" -p "$packager" -t "$dist" >/dev/null)
		done
		cp "$root/bin/sosh" "$work/linux-$arch"
		images+=("$arch=$work/linux-$arch")
	fi
	[ -n "${PACKAGERS:-}" ] || tar --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
		--transform "s,^root,sosh-$version," -C "$work" -c root | gzip -9n >"$dist/sosh_${version}_${os}_$arch.tar.gz"
	[ -n "${PACKAGERS:-}" ] || sbom "$root/bin/sosh" "$dist/sosh_${version}_${os}_$arch.cdx.json"
done
[ -z "${PACKAGERS:-}" ] || exit 0

echo "release: the container image"
packaging/oci.sh "$version" "$commit" "$SOURCE_DATE_EPOCH" "$dist/sosh_${version}_oci.tar" "${images[@]}"

# The formula, whose checksums need the archives of four targets.
fill=(-e "s|@HOMEPAGE@|$homepage|" -e "s|@DOWNLOADS@|$downloads|" -e "s|@VERSION@|$version|g")
for target in darwin_arm64 darwin_amd64 linux_arm64 linux_amd64; do
	archive=$dist/sosh_${version}_$target.tar.gz
	if [ -f "$archive" ]; then fill+=(-e "s|@SHA256_$target@|$(sha256sum "$archive" | cut -d ' ' -f 1)|"); fi
done
sed "${fill[@]}" packaging/sosh.rb >"$dist/sosh.rb"
if grep -q @SHA256 "$dist/sosh.rb"; then
	echo "release: no formula: TARGETS lacks one of its four" >&2
	rm "$dist/sosh.rb"
fi

(cd "$dist" && sha256sum -- * >"$work/sums" && mv "$work/sums" SHA256SUMS)
case $homepage in *.example) echo "release: packaging/about has no addresses yet: the formula and the packages lead nowhere" >&2 ;; esac
echo "release: $(wc -l <"$dist/SHA256SUMS") files in $dist"
