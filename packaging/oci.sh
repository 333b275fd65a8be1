#!/usr/bin/env bash
# oci.sh VERSION COMMIT EPOCH OUT.tar ARCH=BINARY... makes an image without a base
# for each architecture of Linux (amd64, arm64, armv7, 386, riscv64), as one archive
# in the OCI layout: an index of manifests, each with a configuration and a layer.
# manifest.json is for docker load: before Docker 25, it cannot read an index.
set -euo pipefail
version=$1 commit=$2 epoch=$3 out=$(realpath -m "$4")
shift 4
here=$(cd "$(dirname "$0")" && pwd)
. "$here/about"
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
layout=$work/layout
mkdir -p "$layout/blobs/sha256"
created=$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)

# archive OUT DIR FILE... makes a tar archive with the same bytes wherever it runs.
archive() {
	local out=$1 dir=$2
	shift 2
	tar --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" -C "$dir" -cf "$out" "$@"
}

# blob moves a file among the blobs and sets digest and size.
blob() {
	digest=$(sha256sum "$1" | cut -d ' ' -f 1) size=$(stat -c %s "$1")
	mv "$1" "$layout/blobs/sha256/$digest"
}

# The root: the program by its three names, Mozilla's authorities for TLS, and
# /tmp for tempdir().
root=$work/root
mkdir -p "$root/usr/bin" "$root/etc/ssl/certs" "$root/usr/share/doc/sosh" "$root/tmp"
chmod 1777 "$root/tmp"
(cd "$here/roots" && go run .) >"$root/etc/ssl/certs/ca-certificates.crt"
install -m 644 "$here/../LICENSE.md" "$root/usr/share/doc/sosh/LICENSE.md"
"$here/third-party.sh" >"$root/usr/share/doc/sosh/THIRD-PARTY"
for name in nc ncat; do ln -s sosh "$root/usr/bin/$name"; done

manifests= docker=
for image in "$@"; do
	arch=${image%%=*} variant=
	case $arch in
	armv7) arch=arm variant=',"variant":"v7"' ;;
	arm64) variant=',"variant":"v8"' ;;
	esac
	install -m 755 "${image#*=}" "$root/usr/bin/sosh"
	archive "$work/layer" "$root" etc tmp usr
	diff=$(sha256sum "$work/layer" | cut -d ' ' -f 1)
	gzip -9n "$work/layer"
	blob "$work/layer.gz"
	layer=$digest layersize=$size

	cat >"$work/config" <<-JSON
		{"created":"$created","author":"$maintainer","architecture":"$arch"$variant,"os":"linux",
		"config":{"User":"65532:65532","Env":["PATH=/usr/bin","HOME=/tmp"],"Entrypoint":["/usr/bin/sosh"],"WorkingDir":"/tmp","Labels":{
		"org.opencontainers.image.title":"sosh","org.opencontainers.image.version":"$version",
		"org.opencontainers.image.revision":"$commit","org.opencontainers.image.created":"$created",
		"org.opencontainers.image.url":"$homepage","org.opencontainers.image.licenses":"LicenseRef-All-Rights-Reserved"}},
		"rootfs":{"type":"layers","diff_ids":["sha256:$diff"]},
		"history":[{"created":"$created","created_by":"packaging/oci.sh"}]}
	JSON
	blob "$work/config"
	config=$digest configsize=$size

	cat >"$work/manifest" <<-JSON
		{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
		"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:$config","size":$configsize},
		"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:$layer","size":$layersize}]}
	JSON
	blob "$work/manifest"
	manifests+="${manifests:+,}
{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"sha256:$digest\",\"size\":$size,
\"platform\":{\"architecture\":\"$arch\"$variant,\"os\":\"linux\"}}"
	# docker load takes one image for each name: the first.
	[ -n "$docker" ] || docker="[{\"Config\":\"blobs/sha256/$config\",\"RepoTags\":[\"sosh:$version\"],\"Layers\":[\"blobs/sha256/$layer\"]}]"
done

cat >"$work/index" <<-JSON
	{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[$manifests]}
JSON
blob "$work/index"
cat >"$layout/index.json" <<-JSON
	{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
	{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:$digest","size":$size,
	"annotations":{"org.opencontainers.image.ref.name":"$version","io.containerd.image.name":"docker.io/library/sosh:$version"}}]}
JSON
echo "$docker" >"$layout/manifest.json"
echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
archive "$out" "$layout" blobs index.json manifest.json oci-layout
