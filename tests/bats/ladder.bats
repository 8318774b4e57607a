# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# From log lines to offences, and from those, rung by rung, to suspensions; and all that keeps a policy from them.

bats_require_minimum_version 1.5.0

load ../helper

NOW=1772408000 # 2026-03-01 23:33:20 UTC
DAY=86400

setup() {
	ROOT=$BATS_TEST_TMPDIR/root
	mkdir -p "$ROOT/etc/mailguard/policies" "$ROOT/var/lib" "$ROOT/var/cpanel/users" "$ROOT/usr/sbin"
	host 1 alice:1001:rita bob:1002:rita carol:1003:sam dan:1004:
	settings ''
	policy
	n_sent=0
	: >"$ROOT/main.log"
	AT=$((NOW - DAY)) sweep # from here on it acts
}

# host DAY NAME:UID:OWNER...: a cPanel host with these accounts, each with NAME.example, created on a day of 2025.
host() {
	local started name uid owner
	started=$((1735689600 + $1 * DAY))
	shift
	echo "root:x:0:0:root:/root:/bin/sh" >"$ROOT/etc/passwd"
	: >"$ROOT/etc/userdomains"
	: >"$ROOT/etc/trueuserowners"
	for account in "$@"; do
		IFS=: read -r name uid owner <<<"$account"
		echo "$name:x:$uid:$uid::/home/$name:/bin/sh" >>"$ROOT/etc/passwd"
		echo "$name.example: $name" >>"$ROOT/etc/userdomains"
		[ -z "$owner" ] || echo "$name: $owner" >>"$ROOT/etc/trueuserowners"
		[ -e "$ROOT/var/cpanel/users/$name" ] || echo "STARTDATE=$started" >"$ROOT/var/cpanel/users/$name"
	done
}

# settings MORE [DIALECT]
settings() {
	cat >"$ROOT/etc/mailguard/mailguard.conf" <<-END
		accounts = "cpanel";
		sources = ( { name = "mail"; dialect = "${2-exim}"; log = "/main.log"; } );
		enforce: { by = [ "exim" ]; suspensions = { share = 100; owner = 100; }; };
		$1
	END
}

# policy [RUNGS]: more than five an hour is an offence.
policy() {
	cat >"$ROOT/etc/mailguard/policies/p.conf" <<-END
		policy: { name = "p"; version = "1"; clauses = (
		  { id = "mass"; subject = "domain"; limit = 5; warn_at = 80; offence = true; text = "No mass mail."; } );
		  offences: { merge = "12h"; expire = "180d"; };
		  ladder = ( ${1-$RUNGS} ); };
	END
}
RUNGS='{ offence = 1; action = "suspend-mailbox"; }, { offence = 2; action = "suspend-domain"; }, { offence = 3; action = "suspend-account"; }, { offence = 4; action = "terminate"; }'

# MG_TEST_BOOT goes with the clock, but where a test says otherwise.
mg() {
	MG_TEST_NOW=${AT-$NOW} "$MAILGUARD-test" "$@" --root "$ROOT"
}

# sweep: what it says does not matter; the back end's lines are not put in.
sweep() {
	mg sweep -q || [ $? -eq "${WANT-1}" ] || [ $? -eq 1 ]
}

# sends LOGIN N [TIME]: of Exim, to one recipient each.
sends() {
	for ((i = 0; i < $2; i++)); do
		n_sent=$((n_sent + 1))
		printf '%s 1xUzR1-%06d-0M <= %s H=(x) [192.0.2.7] P=esmtpsa A=PLAIN:%s S=100 for c%d@far.test\n' \
			"$(date -u -d "@$((${3-${AT-$NOW}} - 60))" '+%F %T')" $n_sent "$1" "$1" $n_sent
	done >>"$ROOT/main.log"
}

# acts: suspensions and terminations, as "VERB PER:SUBJECT[ waits]".
acts() {
	mg status --actions --json | jq -r '.rows[] | select(.action == "suspend" or .action == "terminate" or .action == "throttle")
		| "\(.action) \(.per):\(.subject)\(if .waits then " waits" else "" end)"' | sort
}

# offences: rows of the ledger, as "EVENT PER:SUBJECT ACCOUNT".
offences() {
	mg ledger list --all --json | jq -r '.rows[] | select(.state == "offence") | "\(.action) \(.per):\(.subject) \(.account)"'
}

release_all() {
	mg release "$1" --reason "settled" || true
}

@test "each rung, from the log line to the suspension" {
	sends joe@alice.example 6
	sweep
	[ "$(acts)" = 'suspend mailbox:joe@alice.example' ]
	[ "$(offences)" = 'offence mailbox:joe@alice.example alice' ]
	mg ledger verify
	AT=$((NOW + DAY))
	sends jim@alice.example 6
	sweep
	[ "$(acts)" = $'suspend domain:alice.example\nsuspend mailbox:joe@alice.example' ]
	AT=$((NOW + 2 * DAY))
	sends jim@alice.example 6
	sweep
	[ "$(acts)" = $'suspend account:alice\nsuspend domain:alice.example\nsuspend mailbox:joe@alice.example' ]
	AT=$((NOW + 3 * DAY))
	sends jim@alice.example 6
	sweep
	[ "$(acts)" = $'suspend account:alice\nsuspend domain:alice.example\nsuspend mailbox:joe@alice.example\nterminate account:alice waits' ]
	[ "$(offences | wc -l)" = 4 ]
	mg ledger verify
}
