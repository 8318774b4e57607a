#!/bin/sh
# SPDX-License-Identifier: MIT
#
# install-deps.sh build|test - install what is missing of the packages that
# `make` and `make check` need. Names are those of Debian 12.
#
# Asks the network only when something is missing. Never installs a mail
# server: tests that need one bring it themselves, apart from this host.
set -eu

build='gcc make pkg-config libc6-dev libsqlite3-dev libjson-c-dev
libconfig-dev libarchive-dev libsodium-dev zlib1g-dev libbz2-dev liblzma-dev libzstd-dev'
test='clang libclang-rt-14-dev clang-format libcmocka-dev bats shellcheck
mandoc tzdata python3 python3-jsonschema jq sqlite3 iproute2
strace perl debootstrap nftables iptables ipset wget logrotate xz-utils zstd bzip2
curl systemd systemd-journal-remote libarchive-tools minisign signify-openbsd'

die() {
	echo "install-deps: $*" >&2
	exit 1
}

is_installed() {
	dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null |
		grep -qx installed
}

case ${1-} in
build) wanted=$build ;;
test) wanted="$build $test" ;;
*)
	echo 'usage: install-deps.sh build|test' >&2
	exit 2
	;;
esac

if ! command -v dpkg-query || ! command -v apt-get; then
	die "this is not Debian or a relative; install the like of: $wanted"
fi >/dev/null

missing=
for package in $wanted; do
	is_installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null ||
		die "not root and no sudo; as root: apt-get install$missing"
	sudo=sudo
fi

apt() {
	$sudo env DEBIAN_FRONTEND=noninteractive \
		apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

echo "install-deps: installing$missing"
apt update
# shellcheck disable=SC2086 # a list of names
apt install -y --no-install-recommends $missing
