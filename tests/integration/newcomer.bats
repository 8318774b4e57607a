#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154,SC2034 # run sets output; mail_host.bash reads ADDRESS
#
# Who follows the README alone, on a server as Debian 12 installs it, has both limits met within five minutes. The commands
# are those of the README, taken from it.
# Needs root, overlayfs, network namespaces and a Debian mirror.

bats_require_minimum_version 1.5.0

setup() {
	load ../helper
	load ../mail_host
}

teardown() {
	mg_host_down "$SERVER"
}

# host SERVER HOST ADDRESS WORD...: up, with Dovecot, as Debian has them; the words are those of SERVER_host.sh for that.
host() {
	SERVER=$1 HOST=$2 ADDRESS=$3
	mg_host_up "$SERVER"
	[ -z "${NO_HOST-}" ] || mg_skip "$NO_HOST"
	ROOT=$("$TESTS/host/testhost.sh" path "$HOST")
	from_outside python3 -B "$TESTS/host/smtp_sink.py" 10.99.0.9 3>&- &
	"$TESTS/host/$1_host.sh" "${@:4}" 3>&-
	"$TESTS/host/dovecot_host.sh" beside "$HOST" >"$BATS_TEST_TMPDIR/beside" 2>&1 3>&-
	sed -i 's,^log_path = .*,log_path = syslog,' "$ROOT/etc/dovecot/dovecot.conf"
	on_host rsyslogd 3>&-
	on_host doveadm reload
}

# block HEADING N: the Nth block of commands below a heading of the README.
block() {
	awk -v heading="### $1" -v n="$2" '
		/^#/ { inside = $0 == heading }
		inside && /^```/ { fence++; next }
		inside && fence == 2 * n - 1' "$TESTS/../README.md"
}

# follow N: what a newcomer types, line by line. What a host without a network and without sources cannot do by itself
# is done for it.
follow() {
	local packages
	block "Both limits in five minutes" "$1" | sed 's/^example\.com: /a.example: /' >"$BATS_TEST_TMPDIR/typed"
	grep -q '^mailguard sweep$' "$BATS_TEST_TMPDIR/typed"
	[ "$(head -n 1 "$BATS_TEST_TMPDIR/typed")" = 'make install' ]
	make -s -C "$TESTS/.." -o build/mailguard install DESTDIR="$ROOT"
	packages=$(sed -n 's/^apt-get install //p' "$BATS_TEST_TMPDIR/typed")
	# shellcheck disable=SC2086 # words
	"$TESTS/host/testhost.sh" install "$HOST" $packages >"$BATS_TEST_TMPDIR/install" 2>&1 3>&-
	sed -i -e 1d -e '/^apt-get install /d' "$BATS_TEST_TMPDIR/typed"
	on_host bash -e -s <"$BATS_TEST_TMPDIR/typed" 3>&-
}

# Each minute, as cron does it.
minute() { on_host bash -c "$(sed -n 's/^\* \* \* \* \* root //p' "$ROOT/etc/cron.d/mailguard")"; }

# both REFUSED: the limits as published.
both() {
	local i to
	for i in {1..5}; do
		to=$(seq -f "r$i-%.0f@far.test" 100)
		# shellcheck disable=SC2086 # words
		said '250 *' smtp joe@a.example joe@a.example $to
	done
	said '30 0 ' login joe@a.example imap 30
	minute
	said "$1" smtp joe@a.example joe@a.example one@far.test
	said '0 1 *mailguard: 30 logins from 198.51.100.7 in 60 minutes, 30 are allowed*' login joe@a.example imap 1
	said '250 *' smtp shop@b.example shop@b.example one@far.test
	run -0 on_host mailguard status --actions
	[[ $output == *joe@a.example* && $output == *198.51.100.7* ]]
	echo "after $SECONDS seconds"
	[ "$SECONDS" -lt 300 ]
}

@test "a newcomer with Exim and Dovecot" {
	host exim ex 10.99.0.2 stock split
	SECONDS=0
	follow 1
	both '451 *mailguard: *has sent 500 of 500 allowed in 60*'
}

@test "a newcomer with Postfix and Dovecot" {
	host postfix px 10.99.0.3 stock
	SECONDS=0
	follow 2
	both '450 *mailguard: *has sent 500 of 500 allowed in 60*'
}
