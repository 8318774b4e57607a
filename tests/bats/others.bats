# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# Suspensions of several owners: what the panel or the billing did is never lifted by us, nor ours by them.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	[ "$(id -u)" -eq 0 ] || mg_skip 'files of root'
	ROOT=$BATS_TEST_TMPDIR/root
	KEYS=$ROOT/var/cpanel/users/joe
	mkdir -p "$ROOT"/fake "$ROOT"/etc/mailguard/hooks.d "$ROOT"/var/cpanel/users "$ROOT"/var/lib "$ROOT"/usr/local/cpanel/bin "$ROOT"/usr/sbin
	install -m 0755 "$TESTS/fakes/cpanel.py" "$ROOT/usr/local/cpanel/bin/whmapi1"
	install -m 0755 "$TESTS/fakes/cpanel.py" "$ROOT/usr/local/cpanel/bin/uapi"
	install -m 0755 "$TESTS/../etc/hooks/cpanel" "$ROOT/etc/mailguard/hooks.d/cpanel"
	printf '%s\n' DNS=example.com OWNER=root STARTDATE=1735689600 >"$KEYS"
	printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'joe:x:1001:1001::/home/joe:/bin/sh' >"$ROOT/etc/passwd"
	echo 'mail:x:8:' >"$ROOT/etc/group"
	echo 'example.com: joe' >"$ROOT/etc/userdomains"
	printf '#!/bin/sh\nexit 0\n' >"$ROOT/usr/sbin/exim"
	chmod 755 "$ROOT/usr/sbin/exim"
	printf '%s\n' 'accounts = "cpanel"; enforce: { by = [ "exim" ]; };' 'sources = ( { name = "mail"; dialect = "exim"; log = "/main.log"; } );' \
		>"$ROOT/etc/mailguard/mailguard.conf"
	: >"$ROOT/main.log"
}

# The fake was never called as the real one is not.
teardown() {
	[ ! -e "$ROOT/fake/wrong" ]
}

mg() { "$MAILGUARD-test" "$@" --root "$ROOT"; }

# billing suspends|unsuspends [REASON]: as cPanel does it and tells its hooks.
billing() {
	sed -i '/^SUSPENDED\|^FAKE_/d' "$KEYS"
	[ "$1" = unsuspends ] || printf '%s\n' SUSPENDED=1 "FAKE_REASON=$2" >>"$KEYS"
	printf '{"context":{"category":"Whostmgr","event":"Accounts::%sacct","stage":"post"},"data":{"user":"joe","reason":"%s"}}' \
		"${1%s}" "${2-}" | mg hook cpanel "${1%s}ed"
}

stopped() { grep -rq example.com "$ROOT/etc/mailguard/maps"; }

@test "what billing suspended is shown as theirs, and stays when ours begins and ends" {
	run -0 billing suspends 'overdue invoice'
	run -0 mg status --actions
	[[ "$output" == *"suspend"*joe*cpanel* ]]
	[[ "$output" != *undo* ]]
	DOC=$BATS_TEST_TMPDIR/doc.json
	mg status --actions --json >"$DOC"
	KIND=acts validate
	[ "$(jq -c '.rows[] | [.subject, .by, .reason, .id]' "$DOC")" = '["joe","cpanel","overdue invoice",null]' ]
	run -0 mg why account:joe
	[[ "$output" == 'account joe is suspended by cpanel since '*'reason    overdue invoice'*'owner     not mailguard, which does not end it'* ]]
	mg suspend account:joe --reason spam
	stopped
	grep -qx 'FAKE_REASON=overdue invoice' "$KEYS"
	run -0 mg why account:joe
	[[ "$output" == *'by hook:cpanel: '*'somebody else has suspended it already: left as it is'*'suspended by cpanel'* ]]
	mg why account:joe --json >"$DOC"
	KIND=why validate
	[ "$(jq -c '.suspended_by_others[] | [.account, .by, .reason]' "$DOC")" = '["joe","cpanel","overdue invoice"]' ]
	mg unsuspend account:joe --reason cleaned
	run ! stopped
	grep -qx 'FAKE_REASON=overdue invoice' "$KEYS"
	run -0 billing unsuspends
	run -0 mg status --actions
	[[ "$output" == *"nothing is in force"* ]]
	run -2 mg unsuspend account:joe --reason x
	[[ "$output" == *"no suspension of ours is in force"* ]]
}

@test "A61 a payment does not lift ours: it is said and marked at once, mail stays stopped, the panel is told once more" {
	mg suspend account:joe --reason spam
	run -0 --separate-stderr billing unsuspends
	[ "$output" = '1 mailguard: ok' ]
	[[ "$stderr" == *"joe was let go in the panel while a suspension of ours is in force"* ]]
	stopped
	run -0 mg why account:joe
	[[ "$output" == *'drifted   '*' by cpanel: it was let go in the panel'*'now       in force'* ]]
	run ! grep -q SUSPENDED "$KEYS"
	run -4 mg sweep -q
	[[ "$output" == *"was taken back by somebody else, and is begun once more"* ]]
	grep -q 'FAKE_REASON=mailguard .*: spam' "$KEYS"
	stopped
	# The second time it is left to a person, and its mail stays stopped.
	billing unsuspends
	run -4 mg sweep -q
	run ! grep -q SUSPENDED "$KEYS"
	stopped
	run -0 mg unsuspend account:joe --reason cleaned
	run ! stopped
	run -0 mg ledger verify
}

@test "billing first, then ours, then a payment: ours stands, in the panel too" {
	billing suspends 'overdue invoice'
	mg suspend account:joe --reason spam
	run -0 --separate-stderr billing unsuspends
	[[ "$stderr" == *"while a suspension of ours is in force"* ]]
	run -4 mg sweep -q
	grep -q 'FAKE_REASON=mailguard .*: spam' "$KEYS"
	# And billing again, once ours is over.
	mg unsuspend account:joe --reason cleaned
	run ! grep -q SUSPENDED "$KEYS"
}

@test "what we lift ourselves is no event of somebody else's" {
	# The fake tells the hook as cPanel does, while the command runs.
	mv "$ROOT/usr/local/cpanel/bin/whmapi1" "$ROOT/fake/whmapi1.py"
	cat >"$ROOT/usr/local/cpanel/bin/whmapi1" <<-END
		#!/bin/bash
		case " \$* " in *" unsuspendacct "*)
			printf '{"context":{"event":"Accounts::unsuspendacct","stage":"post"},"data":{"user":"joe"}}' |
				"$MAILGUARD-test" hook cpanel unsuspended --root "$ROOT" >>"$ROOT/fake/heard" 2>&1 ;;
		esac
		exec -a "$ROOT/usr/local/cpanel/bin/whmapi1" /usr/bin/python3 - "\$@" <"$ROOT/fake/run.py"
	END
	chmod 755 "$ROOT/usr/local/cpanel/bin/whmapi1"
	{
		echo 'import sys'
		echo "sys.argv[0] = '$ROOT/usr/local/cpanel/bin/whmapi1'"
		cat "$ROOT/fake/whmapi1.py"
	} >"$ROOT/fake/run.py"
	mg suspend account:joe --reason spam
	grep -q 'FAKE_REASON=mailguard ' "$KEYS"
	mg unsuspend account:joe --reason cleaned
	run ! grep -q SUSPENDED "$KEYS"
	[ "$(cat "$ROOT/fake/heard")" = '1 mailguard: ok' ]
	mg sweep -q
	[ "$(mg ledger list --all --json | jq '[.rows[] | select(.state == "panel" or .action == "drifted")] | length')" = 0 ]
}
