#!/bin/sh
# SPDX-License-Identifier: MIT
#
# peers.sh DIR [PACKAGE...]: unpack the programs that mailguard is compared
# with, out of their Debian packages, below DIR. Nothing is installed. Without
# a name it is exim4-base, for eximstats.

set -eu
dir=$1
shift
[ $# -gt 0 ] || set -- exim4-base
mkdir -p "$dir"
cd "$dir"
for package; do
	[ -e "$package.unpacked" ] && continue
	apt-get -q download "$package" >download.log 2>&1 || {
		cat download.log >&2
		exit 1
	}
	dpkg -x "$package"_*.deb .
	: >"$package.unpacked"
done
