#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make-fixtures.sh: record tests/data/exim, postfix and dovecot anew, with the mail servers of this machine's
# Debian 12 and those of Debian 13. Needs root and a Debian mirror. The counts stay the same; times, ids, ports and
# pids do not.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
data=$here/../data
export MG_HOST_ID=fixtures$$
trixie=${MG_HOSTS:-/dev/shm}/mg-trixie-$$

clean_up() {
	"$here/exim_host.sh" down
	"$here/postfix_host.sh" down
	"$here/dovecot_host.sh" down
	rm -rf "$trixie"
}
trap clean_up EXIT

# fixtures SERVER BASE NAME:TRAFFIC:LOGGING...
fixtures() {
	local server=$1 base=$2 fixture name traffic logging
	shift 2
	mkdir -p "$data/$server"
	"$here/${server}_host.sh" up "$base"
	for fixture; do
		IFS=: read -r name traffic logging <<<"$fixture"
		"$here/${server}_host.sh" record "$traffic" "$logging" "$data/$server/$name"
	done
	"$here/${server}_host.sh" down
}

fixtures exim / 4.96-rich:ordinary:rich 4.96-default:ordinary:default 4.96-cpanel:ordinary:cpanel \
	4.96-syslog:ordinary:syslog 4.96-hostile:hostile:rich 4.96-forged:forged:rich demo:demo:demo
fixtures postfix / 3.7-rsyslog:ordinary:rsyslog 3.7-postlogd:ordinary:postlogd 3.7-filter:filter:rsyslog \
	3.7-filter-pipe:filter-pipe:rsyslog 3.7-queue:queue:rsyslog 3.7-reduced:repeated:reduced \
	3.7-hostile:hostile:rsyslog 3.7-forged:forged:rsyslog
fixtures dovecot / 2.3-rsyslog:ordinary:rsyslog 2.3-own:ordinary:own 2.3-hostile:hostile:rsyslog \
	2.3-hostile-own:hostile:own
"$here/trixie_tree.sh" "$trixie"
fixtures exim "$trixie" 4.98-rich:ordinary:rich 4.98-hostile:hostile:rich 4.98-forged:forged:rich
fixtures postfix "$trixie" 3.10-rsyslog:ordinary:rsyslog 3.10-filter:filter:postlogd 3.10-hostile:hostile:rsyslog
fixtures dovecot "$trixie" 2.4-rsyslog:ordinary:rsyslog 2.4-own:ordinary:own-iso 2.4-hostile:hostile:own
