#!/usr/bin/env bash
# What the tests talk to, from Debian's packages, and the Go modules.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
	atftpd
	bash-completion
	bind9-dnsutils
	chromium
	curl
	dante-server
	dnsmasq-base
	expect
	fish
	gcc
	iproute2
	libc6-dev
	lua-sec
	lua-socket
	lua5.1
	lua5.3
	man-db
	mandoc
	microsocks
	mosquitto
	mosquitto-clients
	ncat
	netcat-openbsd
	nginx-light
	opensmtpd
	openssl
	procps
	python3
	python3-pyftpdlib
	redis-server
	redis-tools
	socat
	swaks
	tcpdump
	tcsh
	tinyproxy-bin
	tmux
	tshark
	util-linux
)

missing=()
for p in "${packages[@]}"; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || true)
	[ "$state" = installed ] || missing+=("$p")
done

if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" != 0 ]; then
	echo "deps: not installed: ${missing[*]}; their tests skip, or fail with SOSH_REQUIRE_PEERS=1" >&2
elif [ ${#missing[@]} -gt 0 ]; then
	# The tests start servers of their own; those of the packages stay down.
	policy=/usr/sbin/policy-rc.d
	if [ ! -e "$policy" ]; then
		trap 'rm -f "$policy"' EXIT
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -q
	apt-get install -q -y --no-install-recommends "${missing[@]}"
fi

go mod download
