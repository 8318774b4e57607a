#!/bin/bash
# SPDX-License-Identifier: MIT
#
# demo_live.sh - the demo, of mail that flows just now.
#
# Exim, Postfix and Dovecot are installed on throw-away hosts, one after the
# other, and clients send mail through them and check theirs. Nothing of it is
# left but the logs, in build/demo-live. Needs root and a Debian mirror.
set -euo pipefail
cd "$(dirname "$0")/.."

logs=build/demo-live
export MG_HOST_ID=demo$$

if ! reason=$(tests/host/testhost.sh check 2>&1); then
	echo "demo-live: no hosts can be made here: $reason" >&2
	exit 1
fi

# live SERVER TRAFFIC LOGGING
live() {
	local host=tests/host/$1_host.sh status=0
	echo "$1: install it, and let mail flow"
	{ "$host" up && "$host" record "$2" "$3" "$logs/$1"; } >"$logs/$1.talk" 2>&1 || status=1
	"$host" down >>"$logs/$1.talk" 2>&1
	[ $status = 0 ] || { tail -n 5 "$logs/$1.talk" >&2; exit 1; }
}

rm -rf "$logs"
mkdir -p "$logs"
live exim demo demo
live postfix ordinary rsyslog
live dovecot ordinary own
tests/demo.sh "$logs"
