# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# Settings: what is wrong with them is told, and what they say is done.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	HOST=$BATS_TEST_TMPDIR/host
	CONF=$HOST/etc/mailguard/mailguard.conf
	mkdir -p "$HOST/var/lib" "$HOST/var/log"
	cp -r "$TESTS/data/hosts/plain/etc" "$HOST"
	chmod -R go-w "$HOST"
	cd "$TESTS/.." || exit 1
}

# set_conf: standard input becomes the settings of the host.
set_conf() {
	cat >"$CONF"
}

config() {
	"$MAILGUARD" config --root "$HOST" "$@"
}

sweep() {
	"$MAILGUARD" sweep --root "$HOST" "$@"
}

# total FIELD: of all rows of the host's state.
total() {
	"$MAILGUARD" report --root "$HOST" --top 0 --since all --format json | jq "[.rows[].$1] | add // 0"
}

# message N: an Exim message from a mailbox of the host to one recipient.
message() {
	printf '2026-03-01 12:00:%02d 1pQAAA-00000%s-AB <= u@example.com H=h [192.0.2.1] P=esmtpa A=login:u@example.com S=9 for x@y.test\n' \
		"$1" "$1"
	printf '2026-03-01 12:00:%02d 1pQAAA-00000%s-AB Completed\n' "$1" "$1"
}

@test "without a file everything is as preset" {
	run -0 --separate-stderr config check
	[[ "$stderr" == *"everything is as preset"* ]]
	run -0 --separate-stderr config show
	[[ "${lines[1]}" =~ ^'accounts '\ +-\ +-\ +preset$ ]]
	[[ "$output" != *"$HOST"* ]]
}

@test "the shipped file is what the table says, and a comment from end to end" {
	run -0 --separate-stderr "$MAILGUARD" config example
	diff etc/mailguard.conf - <<<"$output"
	run -0 --separate-stderr "$MAILGUARD" config check etc/mailguard.conf
	[ "$stderr" = 'mailguard: etc/mailguard.conf is good' ]
	run -1 grep '^[^#]' etc/mailguard.conf
}

@test "the shipped file without its comment signs sets everything" {
	sed 's/^#\([^ ]\)/\1/' etc/mailguard.conf | set_conf
	run -0 --separate-stderr config check
	run -0 --separate-stderr config show
	[[ "$output" != *preset* ]]
	[[ "$output" =~ 'sources[1].log'\ +'"/var/log/exim4/mainlog"' ]]
}

@test "the manual's list is what the table says" {
	sed -n '/What mailguard config manual prints/,/The end of what it prints/p' packaging/man/mailguard.conf.5 |
		sed '1d; $d' >"$BATS_TEST_TMPDIR/written"
	[ -s "$BATS_TEST_TMPDIR/written" ]
	"$MAILGUARD" config manual | diff "$BATS_TEST_TMPDIR/written" -
}

@test "show says where each value came from, also as JSON" {
	printf 'drift = {\n  unknown = 5;\n};\n' | set_conf
	run -0 --separate-stderr config show
	[[ "$output" =~ 'drift.unknown '\ +5\ +'percent '\ +"$CONF:2" ]]
	config show --json >"$BATS_TEST_TMPDIR/json"
	[ "$(jq -r .schema "$BATS_TEST_TMPDIR/json")" = mailguard.config/1 ]
	[ "$(jq -c '.rows[] | select(.setting == "drift.unknown")' "$BATS_TEST_TMPDIR/json")" = \
		"{\"setting\":\"drift.unknown\",\"value\":\"5\",\"unit\":\"percent\",\"from\":\"$CONF:2\"}" ]
	[ "$(jq -c '.rows[] | select(.setting == "accounts") | .value' "$BATS_TEST_TMPDIR/json")" = null ]
}

@test "all that is wrong is said at once, and nothing is done" {
	set_conf <<-'CONF'
		acounts = "plain";
		state = 5;
		drift = { unknown = 101; };
		sources = ( { dialect = "sendmail"; },
		  { name = "a"; dialect = "exim"; log = "mainlog"; },
		  { name = "a"; dialect = "exim"; } );
		state = "/x";
	CONF
	message 1 >"$HOST/var/log/mainlog"
	for command in "config check" "config show" "sweep $HOST/var/log/mainlog" report; do
		# shellcheck disable=SC2086 # words
		run -3 --separate-stderr "$MAILGUARD" $command --root "$HOST"
		[ -z "$output" ]
		[ "${stderr_lines[0]}" = "mailguard: $CONF:1: 'acounts' is no known setting; did you mean 'accounts'?" ]
		[ "${stderr_lines[1]}" = "mailguard: $CONF:2: 'state' is a whole number, but must be a text in quotes" ]
		[ "${stderr_lines[2]}" = "mailguard: $CONF:3: 'drift.unknown' must be from 0.001 to 100 percent" ]
		[[ "${stderr_lines[3]}" == "mailguard: $CONF:4: 'sources[1].dialect' must be one of \"exim\", "* ]]
		[ "${stderr_lines[4]}" = "mailguard: $CONF:5: 'sources[2].log' must be a path from the root, beginning with '/'" ]
		[[ "$stderr" == *"$CONF:6: 'sources[3].name': another source has this name"* ]]
		[[ "$stderr" == *"$CONF:6: 'sources[3]' has no 'log'"* ]]
		[[ "$stderr" == *"$CONF:7: 'state' is set here a second time, the first is in line 2"* ]]
		[[ "${stderr_lines[-1]}" == *"nothing was done" ]]
	done
	[ ! -e "$HOST/var/lib/mailguard" ]
}

@test "what is no text, too long or no file is refused" {
	printf '\xef\xbb\xbfstate = "/x";\n' | set_conf
	run -3 --separate-stderr config check
	[[ "$stderr" == *"$CONF:1: the file begins with a byte order mark"* ]]
	head -c 4096 "$MAILGUARD" | set_conf
	run -3 --separate-stderr config check
	[[ "$stderr" == *"$CONF:1: a control character or zero byte"* ]]
	head -c 10000000 /dev/zero | tr '\0' '#' | set_conf
	run -3 --separate-stderr config check
	[[ "$stderr" == *"the file is longer than 1048576 bytes"* ]]
	printf 'state = "/x";\r\n# two\r\ndrift = { };\r\n' | set_conf
	run -0 --separate-stderr config check
	rm "$CONF"
	mkdir "$CONF"
	run -4 --separate-stderr config check
	[[ "$stderr" == *"not a regular file"* ]]
	run -4 --separate-stderr config check "$BATS_TEST_TMPDIR/none"
	[[ "$stderr" == *"no such file"* ]]
}

@test "A43 what others can write to is refused, with the mend" {
	echo 'state = "/x";' | set_conf
	for path in "$CONF" "${CONF%/*}" "$HOST/etc"; do
		chmod g+w "$path"
		run -3 --separate-stderr config check
		[[ "$stderr" == *"'$path' can be written by others (mode 0"*"): chmod go-w '$path'" ]]
		run -3 --separate-stderr config check "$CONF"
		bash -c "${stderr##*: }"
		run -0 --separate-stderr config check
	done
	mkdir "${CONF%/*}/conf.d"
	echo 'state = "/y";' >"${CONF%/*}/conf.d/a.conf"
	chmod o+w "${CONF%/*}/conf.d"
	run -3 --separate-stderr config show
	[[ "$stderr" == *"conf.d' can be written by others"* ]]
}

@test "A43 a file of another user is refused" {
	[ "$(id -u)" = 0 ] || mg_skip "needs root, to give a file away"
	echo 'state = "/x";' | set_conf
	chown 12345 "$CONF"
	run -3 --separate-stderr config check
	[[ "$stderr" == *"belongs to uid 12345"*"chown 0 '$CONF'" ]]
}

@test "files of conf.d come after, in the order of their names" {
	mkdir "${CONF%/*}/conf.d"
	echo 'state = "/main"; exim = { logwrite = [ "main" ]; };' | set_conf
	echo 'state = "/b"; exim = { logwrite = [ "bbbb" ]; };' >"${CONF%/*}/conf.d/b.conf"
	echo 'state = "/a"; exim = { logwrite = [ "aaaa" ]; };' >"${CONF%/*}/conf.d/a.conf"
	echo 'nonsense' >"${CONF%/*}/conf.d/.b.conf.swp"
	echo 'nonsense' >"${CONF%/*}/conf.d/README"
	run -0 --separate-stderr config show
	[[ "$output" == *'"/b" '*"conf.d/b.conf:1"* ]]
	[[ "$output" == *'[ "main", "aaaa", "bbbb" ]'* ]]
	run -0 --separate-stderr config show --config "$CONF"
	[[ "$output" == *'[ "main" ]'* ]]
}

@test "an unknown or missing verb and too many words are usage errors" {
	run -2 --separate-stderr config
	[[ "$stderr" == *"none of check, show, example, manual"* ]]
	run -2 --separate-stderr config chekc
	run -2 --separate-stderr config show "$CONF"
	run -2 --separate-stderr config check "$CONF" "$CONF"
	run -2 --separate-stderr config check --config "$CONF" "$CONF"
}

@test "check says what each clause of the policies does, with its numbers" {
	local folder=$HOST/etc/mailguard/policies
	run -0 --separate-stderr config check
	[ -z "$output" ]
	install -D -m 0644 -t "$folder" etc/policies/hourly-limits.conf
	run -0 --separate-stderr config check
	[[ "$stderr" != *text* ]]
	[ ${#lines[@]} -eq 3 ]
	[ "${lines[0]}" = 'hourly-limits, version 2015-01-26; overrides: 0, waivers: 0' ]
	[[ "${lines[1]}" == '  outgoing-hourly: if, in any hour, a domain sends to 500 recipients, throttle it. Warn from 400 on.'* ]]
	[[ "${lines[2]}" == '  mail-checks: if, in any hour, an address '*' has 30 POP3 and IMAP logins for each mailbox behind it, block it for 1 hour.'* ]]

	sed 's/limit = 500/limit = 7/; s/"hourly-limits"/"tried"/' etc/policies/hourly-limits.conf >"$BATS_TEST_TMPDIR/tried.conf"
	run -0 --separate-stderr config check --policy "$BATS_TEST_TMPDIR/tried.conf"
	[[ "${lines[0]}" == 'tried, version '* ]]
	[[ "${lines[1]}" == *'sends to 7 recipients'*'Warn from 6 on'* ]]
	[[ "$stderr" == *"policy 'tried', clause 'outgoing-hourly': the limit is 7, of which its text for customers says nothing"* ]]
	[ ${#lines[@]} -eq 3 ]
	run -3 --separate-stderr config check "$BATS_TEST_TMPDIR/tried.conf"
	[[ "$stderr" == *"a policy is checked by 'mailguard config check --policy $BATS_TEST_TMPDIR/tried.conf'"* ]]
	run -2 --separate-stderr config show --policy "$BATS_TEST_TMPDIR/tried.conf"

	sed 's/"outgoing-hourly"/"no spaces"/; s/limit = 30/limit = -1/' "$BATS_TEST_TMPDIR/tried.conf" >"$folder/wrong.conf"
	run -3 --separate-stderr config check
	[ -z "$output" ]
	[[ "$stderr" == *"wrong.conf:14: "*"'policy.clauses[1].id'"* ]]
	[[ "$stderr" == *"wrong.conf:30: "*"'policy.clauses[2].limit'"* ]]
	echo '# nothing' >"$folder/wrong.conf"
	run -3 --separate-stderr config check
	[[ "$stderr" == *"wrong.conf:1: 'policy' is missing"* ]]
	cp etc/policies/hourly-limits.conf "$folder/wrong.conf"
	run -3 --separate-stderr config check
	[[ "$stderr" == *"two files have a policy 'hourly-limits'"* ]]
}

@test "check says what clauses about single messages do, and which cannot be" {
	local policy=$BATS_TEST_TMPDIR/p.conf
	clause() {
		echo 'policy: { name = "p"; version = "1"; clauses = ( { id = "c"; subject = "mailbox"; '"$1"' } ); };' >"$policy"
	}
	clause 'rule = "recipients-per-message"; limit = 200; warn_at = 80;'
	run -0 --separate-stderr config check --policy "$policy"
	[ "${lines[1]}" = '  c: if a mailbox sends one message to more than 200 recipients, only note it. Warn from 160 on.' ]
	clause 'rule = "mass-profile"; limit = 3; maximum = 200;'
	run -0 --separate-stderr config check --policy "$policy"
	[[ "${lines[1]}" == *'more than 3 messages with the same subject line, each to 180 recipients or more'*'+subject'* ]]
	while IFS='|' read -r keys says; do
		clause "$keys"
		run -3 --separate-stderr config check --policy "$policy"
		[[ "$stderr" == *"p.conf:1: "*"$says"* ]] || { echo "$stderr, not: $says"; return 1; }
	done <<-'END'
		rule = "recipients-per-message"; limit = 8;|fewer than 10 recipients
		rule = "recipients-per-message"; limit = 12; warn_at = 50;|fewer than 10 recipients
		rule = "recipients-per-message"; limit = 200; action = "hold";|for how long
		rule = "mass-profile"; limit = 3;|needs the maximum
		rule = "mass-profile"; limit = 3; maximum = 9;|maximum
		rule = "mass-profile"; limit = 3; maximum = 20; near = 45;|fewer than 10 recipients
		rule = "mass-profile"; limit = 3; maximum = 20; near = 101;|near
		rule = "mass-profile"; subject = "ip"; limit = 3; maximum = 20;|subject
	END
	sed -i 's/subject = "mailbox"/subject = "ip"/; s/; subject = "ip"; limit/; limit/' "$policy"
	run -3 --separate-stderr config check --policy "$policy"
	[[ "$stderr" == *"which no address is"* ]]
}

# ladder CLAUSE-KEYS LADDER: a policy of one clause about a domain.
ladder() {
	echo 'policy: { name = "p"; version = "1"; clauses = ( { id = "mass"; subject = "domain"; limit = 10; '"$1"' } );'
	echo "ladder = ( $2 ); };"
}

@test "check says what the rungs of a ladder do, and which cannot be" {
	local policy=$BATS_TEST_TMPDIR/p.conf
	ladder 'offence = true;' '{ offence = 1; action = "warn"; }, { offence = 3; action = "terminate"; grace = "30d"; }' >"$policy"
	run -0 --separate-stderr config check --policy "$policy"
	[ "${lines[2]}" = '  what is found by mass is an offence of the account; all of it within 1 day is one. An offence counts for 180 days, and not where a stranger did it.' ]
	[ "${lines[3]}" = '  offence 1 to 2: warn the account.' ]
	[ "${lines[4]}" = '  offence 3 and each after it: suspend the account, and terminate it once 2 people have approved it and 30 days are over.' ]
	while IFS='|' read -r keys rungs says; do
		ladder "$keys" "$rungs" >"$policy"
		run -3 --separate-stderr config check --policy "$policy"
		[[ "$stderr" == *"p.conf:"*"$says"* ]] || { echo "$stderr, not: $says"; return 1; }
	done <<-'END'
		|{ offence = 1; action = "warn"; }|no clause has 'offence = true'
		offence = true; action = "throttle";||only observes or warns
		offence = true;|{ offence = 2; action = "warn"; }, { offence = 2; action = "terminate"; }|must be a later one
		offence = true;|{ offence = 1; action = "suspend-domain"; }, { offence = 2; action = "suspend-mailbox"; }|does less
		offence = true;|{ offence = 1; action = "warn"; for = "1d"; }|'for' is for
		offence = true;|{ offence = 1; action = "throttle"; }|say 'for'
		offence = true;|{ offence = 1; action = "terminate"; grace = "13d"; }|grace
		offence = true;|{ offence = 1; action = "terminate"; approvals = 1; }|approvals
		offence = true;|{ offence = 0; action = "warn"; }|offence
		offence = true; cause = "bad";||cause
	END
}

@test "a sweep that is told no log reads the sources that are set" {
	set_conf <<-'CONF'
		accounts = "plain";
		state = "/var/lib/counts";
		sources = (
		  { name = "new"; dialect = "exim"; log = "/var/log/mainlog"; },
		  { dialect = "dovecot"; log = "/var/log/dovecot.log"; },
		  { name = "more"; dialect = "exim"; log = "/var/log/more/*.log"; } );
	CONF
	mkdir "$HOST/var/log/more"
	message 1 >"$HOST/var/log/mainlog"
	message 2 >"$HOST/var/log/more/a.log"
	message 3 >"$HOST/var/log/more/b.log"
	cp "$TESTS/data/dovecot/2.4-own.log" "$HOST/var/log/dovecot.log"

	run -0 --separate-stderr sweep --source new
	[ "$(total messages)" = 1 ]
	[ -d "$HOST/var/lib/counts" ]
	run -0 --separate-stderr sweep
	[ "$(total messages)" = 3 ]
	[[ "$stderr" == *"dovecot.log: "*" logins"* ]]
	run -0 --separate-stderr sweep --source more
	[[ "$stderr" != *"mainlog"* ]]
	run -2 --separate-stderr sweep --source none
	[[ "$stderr" == *"no source of the settings is named 'none'"* ]]
	run -2 --separate-stderr sweep --source new "$HOST/var/log/mainlog"
	run -2 --separate-stderr sweep --dialect postfix
	[[ "$stderr" == *"--dialect: it is for logs that are named, and none is"* ]]
}

@test "a source that cannot be read does not keep the others from being read" {
	set_conf <<-'CONF'
		sources = ( { dialect = "exim"; log = "/var/log/none"; },
		  { dialect = "dovecot"; log = "/var/log/none*"; },
		  { dialect = "exim"; log = "/var/log/mainlog"; } );
	CONF
	message 1 >"$HOST/var/log/mainlog"
	run -4 --separate-stderr sweep
	[[ "$stderr" == *"cannot open '$HOST/var/log/none'"* ]]
	[[ "$stderr" == *"no file matches '$HOST/var/log/none*'"* ]]
	[ "$(total messages)" = 1 ]
}

@test "rotated logs are found where a source says" {
	set_conf <<-'CONF'
		sources = ( { dialect = "exim"; log = "/var/log/mainlog"; old_dir = "/var/old/logs"; } );
	CONF
	mkdir -p "$HOST/var/old/logs"
	message 1 >"$HOST/var/log/mainlog"
	run -0 --separate-stderr sweep --quiet
	message 2 >>"$HOST/var/log/mainlog"
	mv "$HOST/var/log/mainlog" "$HOST/var/old/logs/mainlog.1"
	message 3 >"$HOST/var/log/mainlog"
	run -0 --separate-stderr sweep
	[ "$(total messages)" = 3 ]
}

@test "options win over settings" {
	set_conf <<-'CONF'
		accounts = "cpanel";
		state = "/var/lib/counts";
		sources = ( { dialect = "dovecot"; log = "/var/log/none"; } );
	CONF
	message 1 >"$HOST/var/log/mainlog"
	run -3 --separate-stderr sweep "$HOST/var/log/mainlog"
	[[ "$stderr" == *"/etc/userdomains"* ]]
	run -0 --separate-stderr sweep --accounts plain --state "$BATS_TEST_TMPDIR/state" "$HOST/var/log/mainlog"
	[ ! -e "$HOST/var/lib/counts" ]
	echo 'state = "/var/lib/other";' >"$BATS_TEST_TMPDIR/other.conf"
	run -0 --separate-stderr sweep --config "$BATS_TEST_TMPDIR/other.conf" "$HOST/var/log/mainlog"
	[ -d "$HOST/var/lib/other" ]
	run -0 --separate-stderr "$MAILGUARD" report --root "$HOST" --config "$BATS_TEST_TMPDIR/other.conf" --json
	[ "$(jq '.rows[0].messages' <<<"$output")" = 1 ]
}

@test "lines that the site makes Exim write are no sign of a new version" {
	message 1 >"$HOST/var/log/mainlog"
	for i in 1 2 3; do
		echo "2026-03-01 12:00:0$i greylist: seen $i" >>"$HOST/var/log/mainlog"
		echo "2026-03-01 12:00:0$i 1pQAAA-00000$i-AB spamwatch score $i" >>"$HOST/var/log/mainlog"
	done
	run -1 --separate-stderr sweep --dry-run --state "$BATS_TEST_TMPDIR/state" "$HOST/var/log/mainlog"
	[[ "$stderr" == *"of no known kind"* ]]
	echo 'exim = { logwrite = [ "greylist: ", "spamwatch " ]; };' | set_conf
	run -0 --separate-stderr sweep --dry-run --state "$BATS_TEST_TMPDIR/state" "$HOST/var/log/mainlog"
	[[ "$stderr" == *" 8 lines"* ]]
}

@test "how many unknown lines are an alarm can be set" {
	message 1 >"$HOST/var/log/mainlog"
	echo '2026-03-01 12:00:02 who knows what this is' >>"$HOST/var/log/mainlog"
	run -1 --separate-stderr sweep --dry-run --state "$BATS_TEST_TMPDIR/state" "$HOST/var/log/mainlog"
	echo 'drift = { unknown = 33.3; };' | set_conf
	run -1 --separate-stderr sweep --dry-run --state "$BATS_TEST_TMPDIR/state" "$HOST/var/log/mainlog"
	echo 'drift = { unknown = 33.4; };' | set_conf
	run -0 --separate-stderr sweep --dry-run --state "$BATS_TEST_TMPDIR/state" "$HOST/var/log/mainlog"
}

@test "counts are kept as long as is set" {
	message 1 | sed 's/^2026-03-01/2024-12-01/' >"$HOST/var/log/mainlog"
	message 2 | sed 's/^2026-03-01/2025-01-20/' >>"$HOST/var/log/mainlog"
	run -0 --separate-stderr sweep --quiet "$HOST/var/log/mainlog"
	[ "$(total messages)" = 2 ] # nothing is newer
	message 3 >>"$HOST/var/log/mainlog"
	echo 'retention = { hours = "500d"; };' | set_conf
	run -0 --separate-stderr sweep --quiet "$HOST/var/log/mainlog"
	[ "$(total messages)" = 3 ]
	rm "$CONF"
	run -0 --separate-stderr sweep --dry-run "$HOST/var/log/mainlog"
	[ "$(total messages)" = 3 ]
	run -0 --separate-stderr sweep --quiet "$HOST/var/log/mainlog"
	[ "$(total messages)" = 1 ]
	run -0 --separate-stderr sweep --quiet "$HOST/var/log/mainlog"
	[ "$(total messages)" = 1 ]
}

@test "make install puts a file there once" {
	local there=$BATS_TEST_TMPDIR/there
	make -s -o build/mailguard install DESTDIR="$there" PREFIX=/usr
	cmp etc/mailguard.conf "$there/etc/mailguard/mailguard.conf"
	[ "$(stat -c %a "$there/etc/mailguard/mailguard.conf")" = 644 ]
	[ -e "$there/usr/share/bash-completion/completions/mailguard" ]
	[ -e "$there/usr/share/mailguard/policies/hourly-limits.conf" ]
	for page in packaging/man/*; do
		[ -e "$there/usr/share/man/man${page##*.}/${page##*/}" ]
	done
	[ -z "$(ls -A "$there/etc/mailguard/policies")" ] # none is in force unasked
	echo '# mine' >>"$there/etc/mailguard/mailguard.conf"
	make -s -o build/mailguard install DESTDIR="$there" PREFIX=/usr
	grep -qx '# mine' "$there/etc/mailguard/mailguard.conf"
	make -s uninstall DESTDIR="$there" PREFIX=/usr
	[ "$(cd "$there" && find . -type f)" = ./etc/mailguard/mailguard.conf ]
}
