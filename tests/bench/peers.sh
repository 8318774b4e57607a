#!/bin/sh
# SPDX-License-Identifier: MIT
#
# peers.sh DIR: unpack the programs that mailguard is compared with, out of
# their Debian packages, below DIR. Nothing is installed.

set -eu
dir=$1
[ -x "$dir/usr/sbin/eximstats" ] && exit 0
mkdir -p "$dir"
cd "$dir"
apt-get -q download exim4-base >download.log 2>&1 || {
	cat download.log >&2
	exit 1
}
dpkg -x exim4-base_*.deb .
