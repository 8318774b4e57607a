#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# A stolen mailbox on a host with a real mail server and Dovecot: its burst is counted, throttled, the mailbox suspended with
# evidence and its login closed, explained, and undone. The owner's other domain, mail that comes in, and the owner's website
# never stop.
# Needs root, overlayfs, network namespaces and a Debian mirror.

# shellcheck disable=SC2154,SC2034 # run sets output; mail_host.bash reads ADDRESS

bats_require_minimum_version 1.5.0

setup() {
	load ../helper
	load ../mail_host
}

teardown() {
	mg_host_down "$SERVER"
}

# eventually COMMAND...
eventually() {
	local tries
	for tries in {1..100}; do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	echo "after $tries tries"
	"$@"
}

# host SERVER HOST ADDRESS LOG DIALECT: up, with Dovecot, mailguard, and a website of alice.
host() {
	SERVER=$1 HOST=$2 ADDRESS=$3
	mg_host_up "$SERVER"
	[ -z "${NO_HOST-}" ] || mg_skip "$NO_HOST"
	from_outside python3 -B "$TESTS/host/smtp_sink.py" 10.99.0.9 3>&- &
	"$TESTS/host/dovecot_host.sh" beside "$HOST" >"$BATS_TEST_TMPDIR/beside" 2>&1 3>&-
	ROOT=$("$TESTS/host/testhost.sh" path "$HOST")
	cp "$MAILGUARD" "$ROOT/usr/local/sbin/mailguard"
	mkdir -p "$ROOT"/etc/mailguard/{policies,hooks.d}
	cp "$TESTS/data/hosts/plain/etc/mailguard/domains" "$ROOT/etc/mailguard/"
	sed 's/limit = 500/limit = 20/' "$TESTS/../etc/policies/hourly-limits.conf" >"$ROOT/etc/mailguard/policies/hourly-limits.conf"
	install -m 755 "$TESTS/../etc/hooks/plain" "$ROOT/etc/mailguard/hooks.d/plain"
	cat >"$ROOT/etc/mailguard/mailguard.conf" <<-END
		accounts = "plain"; enforce: { by = [ "$SERVER", "dovecot" ]; };
		sources = ( { name = "mail"; dialect = "$5"; log = "$4"; },
		            { name = "logins"; dialect = "dovecot"; log = "/var/log/dovecot.log"; } );
	END
	install -D -o 5001 -m 644 /dev/stdin "$ROOT/home/alice/www/index.html" <<<"a shop"
	ip netns exec "$("$TESTS/host/testhost.sh" netns "$HOST")" setpriv --reuid 5001 --regid 5001 --clear-groups \
		/usr/bin/python3 -m http.server -d "$ROOT/home/alice/www" 8080 >/dev/null 2>&1 3>&- &
	eventually website
}

website() { [ "$(from_outside curl -s --max-time 5 "http://$ADDRESS:8080/")" = "a shop" ]; }

others_go_on() {
	said '250 *' smtp shop@b.example shop@b.example other@far.test
	said '250 *' smtp info@c.example info@c.example other@far.test
	said '250 *' smtp - stranger@far.test "$1"
	said '1 0 ' login shop@b.example imap 1
	said '1 0 ' login ann@a.example pop3 1
	eventually website
}

# sweeps: what it says is shown where it fails.
sweeps() { on_host mailguard sweep --quiet; }

# stolen LOCAL REFUSED CLOSED: from the burst to the end; LOCAL is an address of this server, the others what it says then.
stolen() {
	local i bundle refused=$2 closed=$3
	on_host mailguard rules apply "$SERVER" --install
	on_host mailguard rules apply dovecot --install
	eventually said '1 0 ' login joe@a.example imap 1
	others_go_on "$1"
	for i in {1..20}; do
		said '250 *' smtp joe@a.example joe@a.example "r$i@far.test"
	done
	sweeps
	said "$refused" smtp joe@a.example joe@a.example r21@far.test
	others_go_on "$1"

	on_host mailguard suspend joe@a.example --with-login --reason 'password was stolen'
	said "$closed" smtp joe@a.example joe@a.example r22@far.test
	said '0 1 *mailguard: this mailbox is suspended (*' login joe@a.example imap 1
	others_go_on "$1"
	sweeps
	run -0 on_host mailguard why joe@a.example
	[[ "$output" == *"throttle mailbox:joe@a.example"*"suspend mailbox:joe@a.example"*"password was stolen"*"evidence "*"by hook:plain"* ]]
	bundle=$(on_host mailguard evidence list --json | jq -r '.rows[0].name')
	run -0 on_host mailguard evidence verify "$bundle"
	run -0 bsdtar -xOf "$ROOT/var/lib/mailguard/evidence/$bundle.tar.gz" '*/log/*'
	[[ "$output" == *joe@a.example* ]]

	run -0 on_host mailguard unsuspend joe@a.example --reason 'new password'
	run -0 on_host mailguard release joe@a.example --reason 'cleaned up'
	sweeps
	eventually said '250 *' smtp joe@a.example joe@a.example r23@far.test
	said '1 0 ' login joe@a.example imap 1
	others_go_on "$1"
	run -0 on_host mailguard ledger verify
	run -0 on_host mailguard status --actions
	[[ "$output" == *"nothing is in force"* ]]
}

@test "a stolen mailbox, with Exim and Dovecot" {
	host exim ex 10.99.0.2 /var/log/exim4/mainlog exim
	"$TESTS/host/exim_host.sh" stock split 3>&-
	stolen alice@mx1.hoster.test '451 *mailguard: *' '550 *mailguard: *suspended*'
}

@test "a stolen mailbox, with Postfix and Dovecot" {
	host postfix px 10.99.0.3 /var/log/mail.log postfix
	"$TESTS/host/testhost.sh" install px postfix-lmdb postfix-sqlite >/dev/null 2>&1 3>&-
	"$TESTS/host/postfix_host.sh" stock 3>&-
	stolen you@px.hoster.test '450 *mailguard: *' '550 *mailguard: *suspended*'
}
