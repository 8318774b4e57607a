# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# A test host with a real mail server, and clients outside of it. HOST is its name, ADDRESS where it is met.

on_host() { "$TESTS/host/testhost.sh" run "$HOST" "$@"; }
from_outside() { ip netns exec "$("$TESTS/host/testhost.sh" netns cl)" "$@"; }
smtp() { from_outside "$TESTS/host/smtp_mail.py" "$ADDRESS" 25 "$@"; }
login() { "$TESTS/host/dovecot_host.sh" login 198.51.100.7 "$@"; }

# said BEGINNING COMMAND...: the command says that.
said() {
	local out
	out=$("${@:2}")
	# shellcheck disable=SC2053 # a pattern
	[[ $out == $1 ]] || { echo "$out"; return 1; }
}
