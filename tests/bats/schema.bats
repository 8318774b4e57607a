# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# JSON that is printed is what its schema promises.

bats_require_minimum_version 1.5.0

load ../helper

setup_file() {
	export STATE=$BATS_FILE_TMPDIR/state
	mg_swept 4.96-rich.log
}

setup() {
	DOC=$BATS_TEST_TMPDIR/report.json
}

# report OPTION...: print a report into DOC.
report() {
	"$MAILGUARD" report --state "$STATE" --format json "$@" >"$DOC"
}

# ask COMMAND OPTION...: print what another command says into DOC, for KIND.
ask() {
	KIND=$1
	run --separate-stderr "$MAILGUARD" "$@" --state "$STATE" --json
	printf '%s\n' "$output" >"$DOC"
}

# refuse PLACE FILTER: DOC, changed by a jq filter, breaks the schema there.
refuse() {
	local good=$DOC
	DOC=$BATS_TEST_TMPDIR/broken.json
	jq "$2" "$good" >"$DOC"
	run ! cmp -s "$good" "$DOC"
	run -1 --separate-stderr validate
	DOC=$good
	[ -z "$stderr" ]
	[[ "$output" == *"$1"* ]]
}

@test "reports keep to the schema: by each subject, with hours and without" {
	for by in domain mailbox script account owner sender-domain; do
		report --by $by --top 0
		[ "$(jq '.rows | length' "$DOC")" -ge 2 ]
		run -0 --separate-stderr validate
		report --by $by --top 0 --hours
		[ "$(jq '.rows | length' "$DOC")" -ge 2 ]
		run -0 --separate-stderr validate
		[ $by != sender-domain ] || continue
		report --by $by --top 0 --slots
		[ "$(jq '.rows | length' "$DOC")" -ge 1 ]
		run -0 --separate-stderr validate
		refuse "'slot' is a required property" 'del(.rows[0].slot)'
		refuse '$.rows[0].slot' '.slots = false'
	done
}

@test "so does one of checks" {
	STATE=$BATS_TEST_TMPDIR/state
	"$MAILGUARD" sweep -q --root "$TESTS/data/hosts/cpanel" --state "$STATE" --dialect dovecot \
		"$TESTS/data/dovecot/2.4-own.log"
	for hours in "" --hours; do
		# shellcheck disable=SC2086 # an option or nothing
		report --by ip --top 0 $hours
		[ "$(jq '.rows | length' "$DOC")" -ge 5 ]
		run -0 --separate-stderr validate
	done
	refuse "'imap' is a required property" 'del(.rows[0].imap)'
	refuse '$.rows[0].checks' '.rows[0].checks = null'
	refuse '$.rows[0].ip' '.rows[0].ip = "192.0.2.1, lip=1"'
	refuse '$.rows[0].ip' '.rows[0].ip = ""'
	refuse "'domain'" '.rows[0].domain = "a.example"'
	refuse "'surplus'" '.rows[0].surplus = 1'
	refuse "'ip'" '.by = "mailbox"'
	jq '.rows[0].ip = null' "$DOC" >"$DOC.new"
	mv "$DOC.new" "$DOC"
	run -0 --separate-stderr validate
}

@test "so does one with bounds, in a zone, and without rows" {
	mkdir -p "$BATS_TEST_TMPDIR/host/etc"
	cp /usr/share/zoneinfo/America/St_Johns "$BATS_TEST_TMPDIR/host/etc/localtime"
	report --root "$BATS_TEST_TMPDIR/host" --hours --since 2026-01-01 --until "2027-01-01 12:00"
	[ "$(jq -r .since "$DOC")" = 2026-01-01T00:00:00-03:30 ]
	run -0 --separate-stderr validate
	report --by mailbox domain:a.example
	[ "$(jq -r .subject "$DOC")" = domain:a.example ]
	run -0 --separate-stderr validate
	report --until 2001-01-01 --quiet
	[ "$(jq -c .rows "$DOC")" = '[]' ]
	run -0 --separate-stderr validate
}

@test "so does a row that is weak" {
	local log=$BATS_TEST_TMPDIR/mainlog
	STATE=$BATS_TEST_TMPDIR/state
	cat >"$log" <<-'EOF'
		2026-11-22 01:45:02 1xUzR1-0003rl-0M <= joe@a.example H=(x) [192.0.2.7] P=esmtp S=100 for a@far.test
		2026-11-22 01:45:03 1xUzR1-0003rl-0M => a@far.test R=r T=t H=mx [192.0.2.9]
	EOF
	"$MAILGUARD" sweep -q --root "$TESTS/data/hosts/cpanel" --state "$STATE" "$log"
	report
	[ "$(jq -c '[.rows[].weak]' "$DOC")" = '[true]' ]
	run -0 --separate-stderr validate
	refuse '$.rows[0].weak' '.rows[0].weak = false'
}

@test "a document that breaks the schema is refused" {
	report --top 0 --hours
	refuse '$.schema' '.schema = "mailguard.report/2"'
	refuse "'until' is a required property" 'del(.until)'
	refuse "'extra'" '.extra = 1'
	refuse '$.subject' '.subject = "a.example"'
	refuse '$.subject' '.subject = "list:a.example"'
	refuse '$.rows[0].origin_kind' '.rows[0].origin_kind = "login"'
	refuse "'origin' is a required property" 'del(.rows[0].origin)'
	refuse '$.since' '.since = "yesterday"'
	refuse '$.rows[0].messages' '.rows[0].messages = "38"'
	refuse '$.rows[0].bytes' '.rows[0].bytes = -1'
	refuse "'failed' is a required property" 'del(.rows[0].failed)'
	refuse "'surplus'" '.rows[0].surplus = 1'
	refuse '$.rows[0].account' '.rows[0].account = null'
	refuse '$.rows[0].account' '.rows[0].domain = null'
	refuse '$.rows[0].domain' '.rows[0].domain = "A.EXAMPLE"'
	refuse "'hour' is a required property" 'del(.rows[0].hour)'
	refuse '$.rows[0].hour' '.hours = false'
	refuse "'account'" '.by = "sender-domain"'
}

@test "what doctor says keeps to its schema" {
	for host in cpanel plain; do
		ask doctor --root "$TESTS/data/hosts/$host"
		[ "$(jq '.rows | length' "$DOC")" -ge 4 ]
		run -0 --separate-stderr validate
	done
	refuse '$.worst' '.worst = "bad"'
	refuse '$.rows[0].topic' '.rows[0].topic = "servers!"'
	refuse "'mend' is a required property" 'del(.rows[0].mend)'
	refuse "'trust' is a dependency" '.rows[0].dialect = "exim"'
	refuse "'extra'" '.rows[0].extra = 1'
}

@test "what status says keeps to its schema" {
	ask status
	[ "$(jq '.rows | length' "$DOC")" -eq 1 ]
	run -0 --separate-stderr validate
	refuse '$.problems' '.healthy = (.healthy | not)'
	refuse '$.good' '.good = "now"'
	refuse '$.rows[0].behind_bytes' '.rows[0].behind_bytes = -1'
	refuse "'odd' is a required property" 'del(.rows[0].odd)'
	refuse "'extra'" '.extra = 1'
}

# judged: a state with a warning, a finding that grew, and one that is waived, of domains and addresses.
judged() {
	STATE=$BATS_TEST_TMPDIR/judged
	POLICY=$BATS_TEST_TMPDIR/policy.conf
	cat >"$POLICY" <<-'END'
		policy: { name = "test"; version = "1"; clauses = (
		  { id = "hourly"; subject = "domain"; limit = 100; action = "throttle"; text = "No more."; },
		  { id = "near"; subject = "account"; limit = 800; warn_at = 50; },
		  { id = "unknown"; rule = "failure-rate"; subject = "domain"; limit = 5; },
		  { id = "checks"; subject = "ip"; count = "checks"; limit = 2; } );
		  waivers = ( { domain = "a.example"; clause = "unknown"; reason = "our own"; } ); };
	END
	head -n 2000 "$TESTS/data/exim/demo.log" >"$BATS_TEST_TMPDIR/mainlog"
	judge exim "$BATS_TEST_TMPDIR/mainlog"
	cp "$TESTS/data/exim/demo.log" "$BATS_TEST_TMPDIR/mainlog"
	judge exim "$BATS_TEST_TMPDIR/mainlog"
	judge dovecot "$TESTS/data/dovecot/2.4-own.log"
}

# judge DIALECT LOG
judge() {
	"$MAILGUARD" sweep -q --root "$TESTS/data/hosts/cpanel" --state "$STATE" --policy "$POLICY" --dialect "$1" "$2"
}

@test "what the ledger says keeps to its schema, whole or as it holds" {
	judged
	ask ledger
	[ "$(jq -c '[.rows[] | .state, .action, .per] | unique' "$DOC")" = \
		'["account","domain","ip","near","observe","over","throttle","waived","warn"]' ]
	run -0 --separate-stderr validate
	ask ledger --all
	[ "$(jq '[.rows[] | select(.state == "clause")] | length' "$DOC")" -eq 4 ]
	run -0 --separate-stderr validate
	refuse '$.rows[0].id' '.rows[0].id = "71571424ed860f13"'
	refuse '$.rows[0].n' '.rows[0].n = 1'
	refuse '$.rows[4].state' '.rows[4].state = "under"'
	refuse '$.rows[4].id' '.rows[4].id = null'
	refuse '$.rows[4].action' '.rows[4].action = "clause"'
	refuse '$.rows[4].hash' '.rows[4].hash |= .[1:]'
	refuse "'log_class' is a required property" 'del(.rows[4].log_class)'
	refuse "'extra'" '.rows[4].extra = 1'
}

@test "what why says keeps to its schema" {
	judged
	for word in a.example account:alice 198.51.100.7; do
		ask why "$word"
		[ "$(jq '.findings | length' "$DOC")" -ge 1 ]
		run -0 --separate-stderr validate
	done
	ask why a.example
	[ "$(jq -c '[.findings[].action]' "$DOC")" = '["throttle","waived"]' ]
	refuse '$.findings[0].hours[0].at' '.findings[0].hours[0].at = "2026-11-22T05:00:00+01:00"'
	refuse '$.findings[0].clause.rule' '.findings[0].clause.rule = "speed"'
	refuse "'sentence' is a required property" 'del(.findings[0].clause.sentence)'
	refuse '.waiver' '.findings |= map(.waiver = null)'
	refuse '$.findings[0].of' '.findings[0].of = 0'
	refuse "'extra'" '.findings[0].extra = 1'
	ask why nobody.example
	[ "$(jq -c .findings "$DOC")" = '[]' ]
	run -0 --separate-stderr validate
}

@test "what a backtest says keeps to its schema" {
	judged
	export KIND=backtest
	"$MAILGUARD" backtest -q --root "$TESTS/data/hosts/cpanel" --policy "$POLICY" --json \
		"$TESTS/data/exim/demo.log" >"$DOC"
	[ "$(jq -c '[.rows[].action] | unique' "$DOC")" = '["throttle","waived","warn"]' ]
	run -0 --separate-stderr validate
	refuse '$.rows[0].per' '.rows[0].per = "planet"'
	refuse '$.rows[0].from' '.rows[0].from = null'
	refuse '.waiver' '.rows |= map(.waiver = null)'
	refuse "'limit' is a required property" 'del(.rows[0].limit)'
	refuse "'seq'" '.rows[0].seq = 1'
}
