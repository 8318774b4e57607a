#!/bin/bash
# SPDX-License-Identifier: MIT
#
# trixie_tree.sh TREE [MIRROR]: make a tree of Debian 13 in the empty directory TREE, for hosts to stand over.
#
# It holds the packages of every *_host.sh, not installed, so that no mirror is needed afterwards. Needs root and a
# Debian mirror.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
tree=$1

debootstrap --variant=minbase --include=ca-certificates trixie "$tree" "${2:-http://deb.debian.org/debian}"
chroot "$tree" apt-get clean
for host in "$here"/*_host.sh; do
	# shellcheck disable=SC2046 # a list of names
	chroot "$tree" apt-get install -q -y --no-install-recommends --download-only $("$host" packages)
done
