#!/bin/bash
# SPDX-License-Identifier: MIT
#
# trixie.sh - the tests with real mail servers once more, with Debian 13's.
#
# The hosts stand over a tree of Debian 13, which is kept in build/trixie-*.tar
# with all packages that they need: a mirror is asked once. That there is none
# is a skip; with the tree at hand, a test that cannot run is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

mirror=${MG_MIRROR:-http://deb.debian.org/debian}
packages=$(for host in tests/host/*_host.sh; do "$host" packages; done)
kept=build/trixie-$(cksum <<<"$packages" | cut -d' ' -f1).tar
log=build/log/trixie.log
tree=$(mktemp -d "${MG_HOSTS:-/dev/shm}/mg-trixie-XXXXXX")
trap 'rm -rf "$tree"' EXIT

# end STATUS REASON
end() {
	echo "check-trixie: $2"
	exit "$1"
}

has_mirror() {
	wget -q --spider --tries=2 --timeout=20 "$mirror/dists/trixie/InRelease"
}

if ! reason=$(tests/host/testhost.sh check 2>&1); then
	end "${MG_NO_SKIP:-0}" "skipped: $reason"
elif [ -e "$kept" ]; then
	tar -C "$tree" -xf "$kept"
elif ! has_mirror; then
	end 0 "skipped: $mirror does not answer"
else
	mkdir -p "${log%/*}"
	if ! tests/host/trixie_tree.sh "$tree" "$mirror" >"$log" 2>&1; then
		has_mirror || end 0 "skipped: $mirror stopped to answer"
		tail -n 20 "$log"
		end 1 "no tree of Debian 13, see $log"
	fi
	rm -f build/trixie-*
	tar -C "$tree" -cf "$kept.new" .
	mv "$kept.new" "$kept"
fi

export MG_HOST_BASE=$tree MG_NO_SKIP=1 MG_LOGS=build/log/trixie
tests/run.sh tests/integration/{*_host,exim_native,exim_rules,postfix_rules,stolen,suspend}.bats
