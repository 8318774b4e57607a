# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# Findings of a large generated log: those of a brute-force judge, and the same however the log is swept.

bats_require_minimum_version 1.5.0

load ../helper

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	mkdir -p root/etc
	python3 "$TESTS/bench/genlog.py" --kind exim --lines 60k --domains 300 --seed 5 --start 2026-03-01T10:00:00 --hours 1 \
		--abusers 6 --out all.log --userdomains root/etc/userdomains --passwd root/etc/passwd
	# Retries reach further than slots are kept.
	awk '$1 == "2026-03-01" && $2 < "11:45"' all.log >main.log
	cat >policy.conf <<-'END'
		policy: { name = "p"; version = "1"; clauses = (
		  { id = "domain"; subject = "domain"; limit = 60; warn_at = 80; action = "throttle"; },
		  { id = "mailbox"; subject = "mailbox"; count = "messages"; limit = 20; window = "15m"; },
		  { id = "account"; subject = "account"; limit = 100; align = "clock-hour"; },
		  { id = "unknown"; rule = "failure-rate"; subject = "domain"; limit = 10; minimum = 50; } ); };
	END
}

# sweep STATE LOG
sweep() {
	MG_TEST_NOW=1772409600 "$MAILGUARD-test" sweep -q --root "$BATS_FILE_TMPDIR/root" --accounts cpanel \
		--policy "$BATS_FILE_TMPDIR/policy.conf" --state "$@"
}

# findings STATE: all that says whom, of what, when and how much.
findings() {
	"$MAILGUARD" ledger list --state "$1" --utc --json |
		jq -r '.rows[] | [.id, .clause, .subject, .account, .state, .from, .until, .n, .of, .limit] | @tsv'
}

@test "every window is what a brute-force sum says, in one sweep, in pieces and in small chunks" {
	cd "$BATS_FILE_TMPDIR" || return
	sweep one main.log
	findings one >"one.tsv"
	for clause in domain mailbox account unknown; do
		grep -q "	$clause	" one.tsv
	done
	"$MAILGUARD" ledger list --state one --utc --json | jq '.rows |= map(select(.clause == "domain"))' >one.json
	run -0 --separate-stderr "$TESTS/compare_findings.py" one one.json 60
	[ -z "$output" ]

	for piece in 1 2 3 4 5 6 7; do
		head -c $(($(stat -c %s main.log) * piece / 7)) main.log >grown.log
		sweep many grown.log
	done
	findings many | diff one.tsv -
	MG_TEST_CHUNK=100000 sweep small main.log
	findings small | diff one.tsv -
	[ "$("$MAILGUARD" ledger list --all --state small --json | jq '.rows | length')" -gt \
		"$("$MAILGUARD" ledger list --all --state one --json | jq '.rows | length')" ]
	for state in one many small; do
		run -0 "$MAILGUARD" ledger verify --state $state
	done
}

@test "a backtest of the rotated, compressed pieces finds the same" {
	cd "$BATS_FILE_TMPDIR" || return
	sweep again main.log
	findings again | cut -f 2- >again.tsv
	split -n l/3 main.log piece.
	gzip -k piece.aa
	xz -k piece.ab
	MG_TEST_NOW=1772409600 "$MAILGUARD-test" backtest -q --root root --accounts cpanel --policy policy.conf --utc --json \
		piece.ac piece.ab.xz piece.aa.gz >backtest.json
	diff <(cut -f 1-3,6- again.tsv | sort) <(jq -r '.rows[] | [.clause, .subject, .account, .until, .n, .of, .limit] | @tsv' backtest.json | sort)
}

@test "messages to many are what a brute-force look at the log says, in one sweep, in pieces and backwards" {
	cd "$BATS_FILE_TMPDIR" || return
	# Every tenth login's mail goes to many, under one of few subject lines.
	awk '{
		if ($4 == "<=" && / A=/ && ++n % 10 == 0) {
			gsub(/[0-9]+( confirmed)?" for/, "\" for")
			for (i = 0; i < n % 17 + 5; i++)
				$0 = $0 " r" i "@many.example"
		}
		print }' main.log >large.log
	cat >policy.conf <<-'END'
		policy: { name = "p"; version = "1"; clauses = (
		  { id = "size"; rule = "recipients-per-message"; subject = "mailbox"; limit = 19; warn_at = 80; },
		  { id = "mass"; rule = "mass-profile"; subject = "mailbox"; maximum = 20; near = 50; limit = 1; } ); };
	END
	sweep large large.log
	"$MAILGUARD" ledger list --state large --utc --json >large.json
	run -0 --separate-stderr "$TESTS/compare_large.py" large.log large.json 19 10 1
	[ -z "$output" ]

	findings large >large.tsv
	for piece in 1 2 3 4 5 6 7; do
		head -c $(($(stat -c %s large.log) * piece / 7)) large.log >large.grown.log
		sweep large.many large.grown.log
	done
	findings large.many | diff large.tsv -
	MG_TEST_CHUNK=100000 sweep large.small large.log
	findings large.small | diff large.tsv -
	for state in large large.small; do # subject lines are a hash with a key of each state
		sqlite3 "$state/state.db" "SELECT at, name, recipients, sum(messages) FROM large_slot
			JOIN origin ON origin.id = large_slot.origin GROUP BY 1, 2, 3 ORDER BY 1, 2, 3" >"$state.rows"
	done
	grep -q . large.rows
	cmp large.rows large.small.rows

	# Without lists, each recipient is known by its delivery, long after its message.
	sed '/ <= /s/ for .*//' large.log >late.log
	sweep late late.log
	MG_TEST_CHUNK=10000 sweep late.small late.log
	findings late >late.tsv
	grep -q '	size	' late.tsv
	findings late.small | diff late.tsv -
}

@test "an override by plan is for the accounts that have it" {
	cd "$BATS_FILE_TMPDIR" || return
	cat >policy.conf <<-'END'
		policy: { name = "p"; version = "1";
		  clauses = ( { id = "mailbox"; subject = "mailbox"; count = "messages"; limit = 20; } );
		  overrides = ( { clause = "mailbox"; plan = "big"; limit = 100000; reason = "they pay for it"; } ); };
	END
	sweep plan.none main.log
	found=$(findings plan.none | cut -f 4 | sort -u)
	big=${found%%$'\n'*}
	[ "$found" != "$big" ]
	echo "$big: big" >root/etc/userplans
	sweep plan.some main.log
	rm root/etc/userplans
	[ "$(findings plan.some | cut -f 4 | sort -u)" = "${found#*$'\n'}" ]
}
