#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# A stolen account on a real Exim, from its burst to the end: counted, throttled, suspended with evidence and by a hook that
# locks its user, explained, and undone. Others and mail that comes in never stop.
# Needs root, overlayfs, network namespaces and a Debian mirror.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # run sets output, in each test anew

bats_require_minimum_version 1.5.0

setup_file() {
	load ../helper
	load ../host/exim.bash
	exim_up
}

setup() {
	load ../helper
	load ../host/exim.bash
	[ -z "${NO_HOST-}" ] || mg_skip "$NO_HOST"
	ROOT=$("$TESTS/host/exim_host.sh" root)
	LOG=$ROOT/var/log/exim4/mainlog
	cp "$MAILGUARD" "$ROOT/usr/local/sbin/mailguard"
	mkdir -p "$ROOT"/etc/mailguard/{policies,hooks.d}
	cp "$TESTS/data/hosts/plain/etc/mailguard/domains" "$ROOT/etc/mailguard/"
	sed 's/limit = 500/limit = 20/' "$TESTS/../etc/policies/hourly-limits.conf" \
		>"$ROOT/etc/mailguard/policies/hourly-limits.conf"
	install -m 755 "$TESTS/../etc/hooks/plain" "$ROOT/etc/mailguard/hooks.d/plain"
	cat >"$ROOT/etc/mailguard/mailguard.conf" <<-'END'
		accounts = "plain"; enforce: { by = [ "exim" ]; };
		sources = ( { name = "mail"; dialect = "exim"; log = "/var/log/exim4/mainlog"; } );
	END
}

teardown_file() {
	load ../helper
	mg_host_down exim
}

is_locked() { on_host passwd -S alice | grep -q '^alice L'; }

others_go_on() {
	said '250 *' smtp joe@c.example joe@c.example other@far.test
	said '250 *' smtp - stranger@far.test alice@mx1.hoster.test
}

@test "a burst is throttled, its account suspended with evidence, explained, and let go" {
	local i bundle
	"$TESTS/host/exim_host.sh" stock split
	put_in
	on_host usermod -p '$6$salt$hash' alice
	for i in {1..20}; do
		said '250 *' smtp joe@a.example joe@a.example "r$i@far.test"
	done
	on_host mailguard sweep --quiet
	said '451 4.7.1 mailguard: *' smtp joe@a.example joe@a.example r21@far.test
	others_go_on

	# What its scripts have put into the queue.
	printf 'Subject: script\n\nhello\n' | on_host setpriv --reuid 5001 --regid 5001 --clear-groups sendmail -odq queued@far.test
	on_host mailguard sweep --quiet
	run -0 on_host mailguard suspend account:alice --reason 'password was stolen'
	said '550 5.7.1 mailguard: *suspended*' smtp joe@a.example joe@a.example r22@far.test
	on_host exim4 -bp | grep -q 'frozen'
	is_locked
	others_go_on
	on_host exim4 -qf
	run ! grep -q ' => queued@far.test' "$LOG"

	run -0 on_host mailguard why account:alice
	[[ "$output" == *"suspend account:alice"*"password was stolen"*"by hook:plain"* ]]
	bundle=$(on_host mailguard evidence list --json | jq -r '.rows[0].name // .bundles[0].name')
	run -0 on_host mailguard evidence verify "$bundle"
	bsdtar -xOf "$ROOT/var/lib/mailguard/evidence/$bundle.tar.gz" '*/log/*' | grep -q 'A=[a-z_]*:joe@a.example'
	# What is queued is in it, without bodies.
	bsdtar -xOf "$ROOT/var/lib/mailguard/evidence/$bundle.tar.gz" '*/messages/*' >"$BATS_TEST_TMPDIR/queued"
	grep -qx 'queued@far.test' "$BATS_TEST_TMPDIR/queued"
	grep -q 'Subject: script' "$BATS_TEST_TMPDIR/queued"
	run ! grep -qx hello "$BATS_TEST_TMPDIR/queued"

	run -0 on_host mailguard unsuspend account:alice --reason 'new password'
	run -0 on_host mailguard sweep --quiet
	run ! is_locked
	run -0 on_host mailguard release joe@a.example --reason 'cleaned up'
	said '250 *' smtp joe@a.example joe@a.example r23@far.test
	on_host mailguard ledger verify
}
