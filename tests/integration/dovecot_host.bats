#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031,SC2154 # run sets output, stderr and lines
#
# mailguard counts in the log of a Dovecot installed just now who really logged in to it, and keeps those out that do so
# too often.
# Needs root, overlayfs, network namespaces and a Debian mirror.

bats_require_minimum_version 1.5.0

setup_file() {
	load ../helper
	mg_host_up dovecot
}

setup() {
	load ../helper
	[ -z "${NO_HOST-}" ] || mg_skip "$NO_HOST"
}

teardown_file() {
	load ../helper
	mg_host_down dovecot
}

@test "ordinary logins, by rsyslog" {
	MG_DIALECT=syslog mg_host_checks dovecot ordinary rsyslog
}

@test "ordinary logins, in a file of its own" {
	MG_DIALECT=dovecot mg_host_checks dovecot ordinary own
	mg_host_doctor dc '.subject == "/var/log/dovecot.log" and .dialect == "dovecot" and .trust == "daemon"'
}

@test "hostile logins" {
	MG_DIALECT=dovecot mg_host_checks dovecot hostile own-iso
}

# --- limits ---

ROOT() { "$TESTS/host/testhost.sh" path dc; }
mg() { "$TESTS/host/testhost.sh" run dc mailguard "$@"; }
login() { "$TESTS/host/dovecot_host.sh" login "$@"; }

# enforcing [LIMIT [SUBJECT]]: Dovecot anew with our lines, and a clause that allows so many checks of a mailbox.
enforcing() {
	local root
	root=$(ROOT)
	install -D "$MAILGUARD" "$root/usr/local/sbin/mailguard"
	[ ! -e "$root/etc/dovecot/conf.d/00-mailguard.conf" ] || mg rules remove dovecot
	rm -rf "$root/var/lib/mailguard" "$root/etc/mailguard"
	mkdir -p "$root/etc/mailguard/policies"
	cp "$TESTS/data/hosts/plain/etc/mailguard/domains" "$root/etc/mailguard/"
	cat >"$root/etc/mailguard/mailguard.conf" <<-'END'
		sources = ( { name = "mail"; dialect = "dovecot"; log = "/var/log/dovecot.log"; } );
		enforce = { by = [ "dovecot" ]; };
		exempt = [ "198.51.100.9" ];
	END
	cat >"$root/etc/mailguard/policies/checks.conf" <<-END
		policy: { name = "p"; version = "1"; clauses = (
		  { id = "mail-checks"; subject = "${2-ip}"; count = "checks"; limit = ${1-30};
		    allowance = "mailbox"; action = "block"; for = "1h"; } ); };
	END
	# The daemon must not hold what bats waits for.
	"$TESTS/host/dovecot_host.sh" restart own-iso 3>&-
	mg rules apply dovecot --install
}

# told N IP LIMIT: what the last one was told who was refused.
told() {
	[[ $output == *" mailguard: $1 logins from $2 in 60 minutes, $3 are allowed; try again after 2"* ]]
}

@test "30 checks of a mailbox pass, the 31st is told why, others go on" {
	enforcing
	run -0 --separate-stderr login 198.51.100.7 joe@a.example imap 20
	[ "$output" = '20 0 ' ]
	run -0 --separate-stderr login 198.51.100.7 joe@a.example pop3s 9
	mg sweep -q
	run -0 --separate-stderr login 198.51.100.7 joe@a.example pop3 1
	[ "$output" = '1 0 ' ]
	mg sweep -q
	run -0 --separate-stderr login 198.51.100.7 joe@a.example imap 2
	[[ $output == '0 2 a1 NO [ALERT] '* ]]
	told 30 198.51.100.7 30
	run -0 --separate-stderr login 198.51.100.7 ann@a.example pop3 1
	[[ $output == '0 1 -ERR [AUTH] '* ]]
	told 30 198.51.100.7 30
	# From elsewhere, and to send mail, he still can.
	run -0 --separate-stderr login 198.51.100.8 joe@a.example imaps 1
	[ "$output" = '1 0 ' ]
	"$TESTS/host/testhost.sh" run dc doveadm auth test -x service=smtp -x rip=198.51.100.7 joe@a.example secret
	mg unblock 198.51.100.7 --reason 'a test'
	run -0 --separate-stderr login 198.51.100.7 joe@a.example imap 1
	[ "$output" = '1 0 ' ]
}

@test "a suspended login is closed from everywhere and for everything, is told so, and nobody else's is" {
	enforcing
	run -0 --separate-stderr login 198.51.100.7 joe@a.example imap 1
	mg suspend joe@a.example --with-login --reason 'stolen'
	for protocol in imap pop3s; do
		run -0 --separate-stderr login 198.51.100.8 joe@a.example "$protocol" 1
		[[ $output == '0 1 '*"mailguard: this mailbox is suspended ("* ]]
	done
	run ! "$TESTS/host/testhost.sh" run dc doveadm auth test -x service=smtp -x rip=198.51.100.7 joe@a.example secret
	run -0 --separate-stderr login 198.51.100.7 ann@a.example imap 1
	[ "$output" = '1 0 ' ]
	mg unsuspend joe@a.example --reason 'new password'
	run -0 --separate-stderr login 198.51.100.7 joe@a.example imap 1
	[ "$output" = '1 0 ' ]
}

@test "a clause per mailbox-ip: that mailbox fails from that address, all else goes on" {
	enforcing 10 mailbox-ip
	run -0 --separate-stderr login 198.51.100.7 joe@a.example imap 10
	run -0 --separate-stderr login 198.51.100.7 ann@a.example imap 9
	mg sweep -q
	for protocol in imap pop3s; do
		run -0 --separate-stderr login 198.51.100.7 joe@a.example "$protocol" 1
		[[ $output == '0 1 '*'mailguard: 10 logins of this mailbox from 198.51.100.7 in 60 minutes, 10 are allowed'* ]]
	done
	run -0 --separate-stderr login 198.51.100.7 ann@a.example pop3 1
	[ "$output" = '1 0 ' ]
	run -0 --separate-stderr login 198.51.100.8 joe@a.example imap 1
	[ "$output" = '1 0 ' ]
	"$TESTS/host/testhost.sh" run dc doveadm auth test -x service=smtp -x rip=198.51.100.7 joe@a.example secret
	mg release joe@a.example/198.51.100.7 --reason 'a test'
	run -0 --separate-stderr login 198.51.100.7 joe@a.example imap 1
	[ "$output" = '1 0 ' ]
	mg sweep -q
	run -0 --separate-stderr mg status --actions --json
	[ "$(jq -r '.rows[].subject' <<<"$output")" = ann@a.example/198.51.100.7 ]
}

@test "an address with three mailboxes gets 90, an exempt one any number" {
	enforcing
	local user
	for user in joe@a.example ann@a.example info@a.example; do
		run -0 --separate-stderr login 203.0.113.7 "$user" imap 29
		[ "$output" = '29 0 ' ]
	done
	run -0 --separate-stderr login 203.0.113.7 joe@a.example pop3 2
	mg sweep -q
	run -0 --separate-stderr login 203.0.113.7 joe@a.example pop3 1
	[ "$output" = '1 0 ' ]
	mg sweep -q
	run -0 --separate-stderr login 203.0.113.7 ann@a.example imap 1
	told 90 203.0.113.7 90
	run -0 --separate-stderr login 198.51.100.9 joe@a.example imap 40
	mg sweep -q
	run -0 --separate-stderr login 198.51.100.9 joe@a.example imap 1
	[ "$output" = '1 0 ' ]
}

@test "of IPv6 64 bits are one" {
	enforcing 10
	local client
	client=$("$TESTS/host/testhost.sh" netns cl)
	for ip in 2001:db8::1:2:3:4 2001:db8:0:0:a::1 2001:db8:0:1::7; do
		ip -n "$client" addr replace "$ip/128" dev eth0 nodad
	done
	login 2001:db8::7 joe@a.example imap 5
	login 2001:db8::1:2:3:4 joe@a.example imap 5
	mg sweep -q
	for ip in 2001:db8::7 2001:db8::1:2:3:4 2001:db8:0:0:a::1; do
		run -0 --separate-stderr login "$ip" joe@a.example imap 1
		told 10 2001:db8::/64 10
	done
	run -0 --separate-stderr login 2001:db8:0:1::7 joe@a.example imap 1
	[ "$output" = '1 0 ' ]
}

@test "cPanel's template: the lines and their place are told, what they name is there, and nothing else is touched" {
	enforcing
	local root conf
	root=$(ROOT)
	conf=$root/etc/dovecot/dovecot.conf
	mg rules remove dovecot
	mkdir -p "$root/var/cpanel/templates/dovecot"
	cp "$conf" "$BATS_TEST_TMPDIR/before"
	run -0 --separate-stderr mg rules show dovecot
	[[ $output == *'into main.local, before its first passdb'*'/scripts/builddovecotconf'* ]]
	run -3 --separate-stderr mg rules apply dovecot --install
	[[ $stderr == *"'/var/cpanel/templates/dovecot/main.local'"* ]]
	cmp "$conf" "$BATS_TEST_TMPDIR/before"
	[ ! -e "$root/etc/dovecot/conf.d/00-mailguard.conf" ]
	mg rules apply dovecot
	# As the admin does it; the template stands for what is made of it.
	mg rules show dovecot | sed -n '/^passdb/,/^}/p' >"$BATS_TEST_TMPDIR/lines"
	sed "/^dovecot_storage_version/r $BATS_TEST_TMPDIR/lines" "$conf" >"$BATS_TEST_TMPDIR/made"
	cmp -s "$conf" "$BATS_TEST_TMPDIR/made" && cat "$BATS_TEST_TMPDIR/lines" "$conf" >"$BATS_TEST_TMPDIR/made"
	cat "$BATS_TEST_TMPDIR/made" >"$conf"
	"$TESTS/host/testhost.sh" run dc doveadm reload
	run -0 --separate-stderr mg rules apply dovecot --install
	run -0 --separate-stderr mg rules diff dovecot
	[ -z "$output" ]
	mg block 198.51.100.7 --for 1h --reason 'a test'
	run -0 --separate-stderr login 198.51.100.7 joe@a.example imap 1
	[[ $output == '0 1 '* ]]
	run -3 --separate-stderr mg rules remove dovecot
	[[ $stderr == *'take those lines out first'* ]]
	cat "$BATS_TEST_TMPDIR/before" >"$conf"
	"$TESTS/host/testhost.sh" run dc doveadm reload
	mg rules remove dovecot
	[ ! -e "$root/etc/dovecot/mailguard.conf.ext" ]
	rmdir "$root/var/cpanel/templates/dovecot"
}

@test "a block ends at its time, though mailguard is gone" {
	enforcing
	mg block 198.51.100.7 --for 6s --reason 'a test'
	rm "$(ROOT)/usr/local/sbin/mailguard"
	run -0 --separate-stderr login 198.51.100.7 joe@a.example imap 1
	[[ $output == '0 1 '*'198.51.100.7 is blocked for now'* ]]
	for ((i = 0; i < 20; i++)); do
		run -0 --separate-stderr login 198.51.100.7 joe@a.example imap 1
		[ "$output" != '1 0 ' ] || break
	done
	[ "$output" = '1 0 ' ]
}

@test "whatever is wrong with the map, everybody is let in" {
	enforcing
	local map
	map=$(ROOT)/etc/mailguard/maps/dovecot.sqlite
	mg block 198.51.100.7 --for 1h --reason 'a test'
	run -0 --separate-stderr login 198.51.100.7 joe@a.example imap 1
	[[ $output == '0 1 '* ]]
	# Replaced by another, emptied, not to be read, gone.
	head -c 8192 /dev/urandom >"$map"
	run -0 --separate-stderr login 198.51.100.7 joe@a.example imap 1
	[ "$output" = '1 0 ' ]
	run -4 mg rules apply dovecot
	[[ $output == *'is not a database'* ]]
	mg rules apply dovecot --install --force
	run -0 --separate-stderr login 198.51.100.7 joe@a.example imap 1
	[[ $output == '0 1 '* ]]
	: >"$map"
	run -0 --separate-stderr login 198.51.100.7 joe@a.example imap 1
	[ "$output" = '1 0 ' ]
	mv "$map" "$map.away"
	"$TESTS/host/testhost.sh" run dc doveadm reload
	run -0 --separate-stderr login 198.51.100.7 joe@a.example imap 1
	[ "$output" = '1 0 ' ]
	# The next one who carries out makes it anew, and Dovecot reads it.
	rm -f "$map" "$map.away"
	mg block 203.0.113.8 --for 1h --reason 'a test'
	run -0 --separate-stderr login 198.51.100.7 joe@a.example imap 1
	[[ $output == '0 1 '* ]]
}

# ours: the bytes of everything in Dovecot's folder.
ours() { find "$(ROOT)/etc/dovecot" -type f -print0 | sort -z | xargs -0 sha256sum; }

@test "A49 F65 F66: what Dovecot does not take changes nothing" {
	enforcing
	mg rules remove dovecot
	local before root tool
	root=$(ROOT)
	before=$(ours)
	for tool in doveconf doveadm; do
		mv "$root/usr/bin/$tool" "$root/usr/bin/$tool.real"
		run -3 mg rules apply dovecot --install
		[[ $output == *"there is no '$tool' on this host"* ]]
		printf '#!/bin/sh\necho noise; echo "no such thing" >&2; exit 89\n' >"$root/usr/bin/$tool"
		chmod 755 "$root/usr/bin/$tool"
		run -3 mg rules apply dovecot --install
		[[ $output == *'(exit 89): no such thing'* ]]
		mv "$root/usr/bin/$tool.real" "$root/usr/bin/$tool"
		[ "$(ours)" = "$before" ]
	done
	# A passdb of somebody else that comes first.
	cp "$root/etc/dovecot/dovecot.conf" "$BATS_TEST_TMPDIR/dovecot.conf"
	sed -i '/include_try/d' "$root/etc/dovecot/dovecot.conf"
	before=$(ours)
	run -3 mg rules apply dovecot --install
	[[ $output == *'another passdb comes first'* ]]
	[ "$(ours)" = "$before" ]
	cp "$BATS_TEST_TMPDIR/dovecot.conf" "$root/etc/dovecot/dovecot.conf"
	run -0 --separate-stderr login 198.51.100.7 joe@a.example imap 1
	[ "$output" = '1 0 ' ]
}

@test "F66: Dovecot without its SQLite driver gets its files back" {
	enforcing
	mg rules remove dovecot
	local before root driver
	root=$(ROOT)
	before=$(ours)
	driver=$(find "$root/usr/lib/dovecot" -type f -name libdriver_sqlite.so)
	mv "$driver" "$driver.away"
	run -3 mg rules apply dovecot --install
	mv "$driver.away" "$driver"
	[ "$(ours)" = "$before" ]
	for ((i = 0; i < 20; i++)); do
		run --separate-stderr login 198.51.100.7 joe@a.example imap 1
		[ "$output" != '1 0 ' ] || break
	done
	[ "$output" = '1 0 ' ]
}

@test "F68: what somebody else changed is told, and left without --force" {
	enforcing
	local root map
	root=$(ROOT)
	map=$root/etc/mailguard/maps/dovecot.sqlite
	sqlite3 "$map" "INSERT INTO expiring VALUES ('198.51.100.8', 32503680000, 'mine')"
	run -1 mg rules diff dovecot
	[[ $output == *"- 198.51.100.8 until 32503680000: mine"* ]]
	run -3 mg rules apply dovecot
	[[ $output == *'was changed by somebody else'* ]]
	mg rules apply dovecot --force
	run -0 mg rules diff dovecot
	echo '# mine' >>"$root/etc/dovecot/conf.d/00-mailguard.conf"
	run -3 mg rules apply dovecot --install
	[[ $output == *'was changed by somebody else'* ]]
	run -3 mg rules remove dovecot
	# Dovecot itself may be gone by then.
	mv "$root/usr/sbin/dovecot" "$root/usr/sbin/dovecot.real"
	run -3 mg rules remove dovecot
	mg rules remove dovecot --force
	run -3 mg rules apply dovecot
	[[ $output == *"there is no 'dovecot' on this host"* ]]
	mv "$root/usr/sbin/dovecot.real" "$root/usr/sbin/dovecot"
	[ ! -e "$root/etc/dovecot/conf.d/00-mailguard.conf" ]
	"$TESTS/host/testhost.sh" run dc doveadm reload
	run -0 --separate-stderr login 198.51.100.8 joe@a.example imap 1
	[ "$output" = '1 0 ' ]
}

# MG_KILL says at which calls, in the words of kill_rules.py.
@test "F67: kill -9 at the system calls of apply, --install and remove leaves old or new, never half" {
	local which
	read -ra which <<<"${MG_KILL:---points 6}"
	enforcing
	mg rules remove dovecot
	"$TESTS/host/testhost.sh" install dc strace >/dev/null 2>&1
	"$TESTS/fault/kill_rules.py" --daemon dovecot --root "$(ROOT)" "${which[@]}" \
		--act "block 198.51.100.7" \
		--live "$TESTS/host/dovecot_host.sh login 198.51.100.7 joe@a.example imap 1 2>&1 | cut -c -3" \
		--run "$TESTS/host/testhost.sh" run dc
}
