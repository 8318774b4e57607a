#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make-fixtures.sh: record tests/data/exim anew, with the Exim of this machine's Debian 12 and that of Debian 13.
# Needs root and a Debian mirror. The counts stay the same; times, ids, ports and pids do not.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
data=$here/../data/exim
export MG_HOST_ID=fixtures$$
trixie=${MG_HOSTS:-/dev/shm}/mg-trixie-$$

clean_up() {
	"$here/exim_host.sh" down
	rm -rf "$trixie"
}
trap clean_up EXIT

# fixtures BASE NAME:TRAFFIC:LOGGING...
fixtures() {
	local fixture name traffic logging
	"$here/exim_host.sh" up "$1"
	shift
	for fixture; do
		IFS=: read -r name traffic logging <<<"$fixture"
		"$here/exim_host.sh" record "$traffic" "$logging" "$data/$name"
	done
	"$here/exim_host.sh" down
}

mkdir -p "$data"
fixtures / 4.96-rich:ordinary:rich 4.96-default:ordinary:default 4.96-cpanel:ordinary:cpanel \
	4.96-hostile:hostile:rich 4.96-forged:forged:rich demo:demo:demo
debootstrap --variant=minbase --include=ca-certificates trixie "$trixie"
fixtures "$trixie" 4.98-rich:ordinary:rich 4.98-hostile:hostile:rich 4.98-forged:forged:rich
