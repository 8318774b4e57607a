# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# What sweep does with logs, good and bad.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	LOG=$BATS_TEST_TMPDIR/mainlog
	STATE=$BATS_TEST_TMPDIR/state
}

# A submission by joe@a.example to two recipients; $1 is the hour.
message() {
	local id=1xUzR$1-0003rl-0M
	echo "2026-11-22 0$1:45:02 $id <= joe@a.example H=(x) [192.0.2.7] P=esmtpsa A=PLAIN:joe@a.example S=100 for a@far.test b@far.test"
	echo "2026-11-22 0$1:45:03 $id => a@far.test R=r T=t H=mx [192.0.2.9]"
	echo "2026-11-22 0$1:45:03 $id ** b@far.test R=r T=t H=mx [192.0.2.9]: 550 5.1.1 no"
	echo "2026-11-22 0$1:45:03 $id Completed"
}

sweep() {
	"$MAILGUARD" sweep --root "$TESTS/data/hosts/cpanel" --state "$STATE" --accounts cpanel --dialect exim "$@"
}

# total FIELD: of all rows.
total() {
	"$MAILGUARD" report --state "$STATE" --top 0 --format json | jq "[.rows[].$1] | add // 0"
}

@test "a log is counted, and what was counted is told" {
	message 1 >"$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[ -z "$output" ]
	[[ "$stderr" == *"4 lines"*"1 messages arrived, 1 recipients delivered, 0 deferred, 1 failed"* ]]
	[ "$(total recipients)" = 2 ]
	[ "$(total unknown_recipients)" = 1 ]
}

@test "--quiet says nothing when nothing is wrong" {
	message 1 >"$LOG"
	run -0 --separate-stderr sweep --quiet "$LOG"
	[ -z "$output$stderr" ]
}

@test "only what is new is read" {
	message 1 >"$LOG"
	sweep "$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *"nothing new"* ]]
	message 2 >>"$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *" 4 lines"* ]]
	[ "$(total messages)" = 2 ]
}

@test "a last line without newline waits for its end" {
	message 1 | head -c -5 >"$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *"has no end yet"* ]]
	message 1 | tail -c 5 >>"$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *" 1 lines"* ]]
	[ "$(total messages)" = 1 ]
	run -0 sqlite3 "$STATE/state.db" "SELECT count(*) FROM flight"
	[ "$output" = 0 ]
}

@test "the same log given twice, also as a copy and by a link, counts once" {
	message 1 >"$LOG"
	cp "$LOG" "$LOG.copy"
	ln -s "$LOG" "$LOG.link"
	sweep "$LOG" "$LOG" "$LOG.copy" "$LOG.link"
	[ "$(total messages)" = 1 ]
}

@test "a renamed log goes on under its new name, the new one is read too" {
	message 1 >"$LOG"
	sweep "$LOG"
	message 2 >>"$LOG"
	mv "$LOG" "$LOG.1"
	message 3 >"$LOG"
	run -0 --separate-stderr sweep "$LOG.1" "$LOG"
	[ "$(total messages)" = 3 ]
	[[ "$stderr" != *warning* ]]
}

@test "a rotated log is found without being named, and read to its end" {
	message 1 >"$LOG"
	sweep "$LOG"
	message 2 >>"$LOG"
	mv "$LOG" "$LOG.1"
	message 3 >"$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *"$LOG.1: 4 lines"*"$LOG: 4 lines"* ]]
	[ "$(total messages)" = 3 ]
}

@test "what was rotated before the first sweep is not read" {
	message 1 >"$LOG.1"
	message 2 | gzip >"$LOG.2.gz"
	message 3 >"$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[ "$(total messages)" = 1 ]
	mv "$LOG.2.gz" "$LOG.3.gz"
	mv "$LOG.1" "$LOG.2"
	mv "$LOG" "$LOG.1"
	message 4 >"$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[ "$(total messages)" = 2 ]
}

@test "all that was rotated between two sweeps is read, oldest first" {
	message 1 >"$LOG"
	sweep "$LOG"
	message 2 >>"$LOG"
	gzip <"$LOG" >"$LOG.3.gz"
	message 3 | xz >"$LOG.2.xz"
	rm "$LOG"
	message 4 >"$LOG.1"
	message 5 >"$LOG"
	touch "$LOG.2.xz" # was compressed just now
	run -0 --separate-stderr sweep "$LOG"
	[ "$(total messages)" = 5 ]
	[[ "$stderr" == *"$LOG.3.gz: "*"$LOG.2.xz: "*"$LOG.1: "*"$LOG: "* ]]
}

@test "a first log that was empty is followed from then on" {
	: >"$LOG"
	sweep "$LOG"
	message 1 >>"$LOG"
	mv "$LOG" "$LOG.1"
	message 2 >"$LOG.2"
	touch -d yesterday "$LOG.2"
	: >"$LOG"
	sweep "$LOG"
	[ "$(total messages)" = 1 ]
}

@test "late lines of a rotated log are read, until there are no more" {
	message 1 >"$LOG"
	sweep "$LOG"
	mv "$LOG" "$LOG.1"
	message 2 >"$LOG"
	sweep "$LOG"
	message 3 >>"$LOG.1"
	run -0 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *"$LOG.1: 4 lines"* ]]
	printf '2026-11-22 03:45:04 torn' >>"$LOG.1"
	for _ in 1 2 3; do
		run -0 --separate-stderr sweep "$LOG"
	done
	run -0 sqlite3 "$STATE/state.db" "SELECT n FROM line WHERE kind = 'torn'"
	[ "$output" = 1 ]
	# a state that is done with looks at no directory
	run -0 strace -f -qq -e trace=getdents64 "$MAILGUARD" sweep --root "$TESTS/data/hosts/cpanel" \
		--state "$STATE" "$LOG"
	[[ "$output" != *getdents64* ]]
	[ "$(total messages)" = 3 ]
}

@test "a rotated log that is deleted is missed, once, and found again later" {
	message 1 >"$LOG"
	sweep "$LOG"
	message 2 >>"$LOG"
	mv "$LOG" "$BATS_TEST_TMPDIR/gone"
	message 3 >"$LOG"
	run -1 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *"another log than the one that was read there up to byte "* ]]
	[ "$(total messages)" = 2 ]
	run -0 --separate-stderr sweep "$LOG"
	run -0 --separate-stderr sweep "$BATS_TEST_TMPDIR/gone" "$LOG"
	[ "$(total messages)" = 3 ]
}

@test "a rotated log in a directory of its own is found, or named by --old-dir" {
	local log=$BATS_TEST_TMPDIR/logs/mainlog
	mkdir "$BATS_TEST_TMPDIR/logs" "$BATS_TEST_TMPDIR/logs/old" "$BATS_TEST_TMPDIR/away"
	message 1 >"$log"
	sweep "$log"
	message 2 >>"$log"
	mv "$log" "$BATS_TEST_TMPDIR/logs/old/mainlog.1"
	message 3 >"$log"
	run -0 --separate-stderr sweep "$log"
	message 4 >>"$log"
	mv "$log" "$BATS_TEST_TMPDIR/away/mainlog-20261122"
	message 5 >"$log"
	run -0 --separate-stderr sweep --old-dir "$BATS_TEST_TMPDIR/away" "$log"
	[ "$(total messages)" = 5 ]
}

@test "a log that is copied and emptied is told, with the places in bytes" {
	message 1 >"$LOG"
	sweep "$LOG"
	message 2 >>"$LOG"
	cp "$LOG" "$LOG.1"
	: >"$LOG"
	message 3 >>"$LOG"
	run -1 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *"was copied to $LOG.1 and emptied; the copy ends at byte $(stat -c %s "$LOG.1"),"* ]]
	run -0 --separate-stderr sweep "$LOG"
	[ "$(total messages)" = 3 ]
}

@test "what is named like a rotated log and cannot be read holds nothing up" {
	message 1 >"$LOG"
	sweep "$LOG"
	message 2 >>"$LOG"
	mv "$LOG" "$LOG.1"
	message 3 >"$LOG"
	ln -s nowhere "$LOG.2"
	mkfifo "$LOG.3"
	mkdir "$LOG.4"
	printf '\x1f\x8b garbage' >"$LOG.5.gz"
	run -0 --separate-stderr sweep "$LOG"
	[ "$(total messages)" = 3 ]
}

@test "a link that is set to another log is followed over both" {
	message 1 >"$LOG-20261121"
	ln -s "$LOG-20261121" "$LOG"
	sweep "$LOG"
	message 2 >>"$LOG-20261121"
	message 3 >"$LOG-20261122"
	ln -sf "$LOG-20261122" "$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[ "$(total messages)" = 3 ]
}

@test "a log that is missing is an error, and goes on when it is back" {
	message 1 >"$LOG"
	sweep "$LOG"
	mv "$LOG" "$BATS_TEST_TMPDIR/aside"
	run -4 --separate-stderr sweep "$LOG"
	mv "$BATS_TEST_TMPDIR/aside" "$LOG"
	message 2 >>"$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *" 4 lines"* ]]
	[ "$(total messages)" = 2 ]
}

@test "a log that was rotated and has no successor yet is no error" {
	message 1 >"$LOG"
	sweep "$LOG"
	message 2 >>"$LOG"
	mv "$LOG" "$LOG.1"
	run -0 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *"$LOG: not there yet, since it became $LOG.1"* ]]
	message 3 >"$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[ "$(total messages)" = 3 ]
}

@test "patterns are expanded, and one that matches nothing is an error" {
	for hour in 1 2 3; do message $hour >"$LOG-$hour"; done
	mkdir "$LOG-d"
	run -4 --separate-stderr sweep "$BATS_TEST_TMPDIR/main*-[12]" "$LOG-x*" "$LOG-3" "$LOG*"
	[[ "$stderr" == *"no file matches '$LOG-x*', skipping"* ]]
	[ "$(grep -c ' 4 lines' <<<"$stderr")" = 3 ]
	[ "$(total messages)" = 3 ]
}

@test "several logs are read in the order of their first stamps" {
	message 1 | gzip >"$LOG.2.gz"
	message 3 >"$LOG.1"
	message 5 >"$LOG"
	run -0 --separate-stderr sweep "$LOG" "$LOG.1" "$LOG.2.gz"
	[[ "$stderr" == *"$LOG.2.gz: "*"$LOG.1: "*"$LOG: "* ]]
}

@test "a log that is named twice, as it is and by a link, is told of once" {
	message 1 >"$LOG"
	ln -s "$LOG" "$BATS_TEST_TMPDIR/link"
	run -0 --separate-stderr sweep "$LOG" "$BATS_TEST_TMPDIR/link" "$BATS_TEST_TMPDIR/mainl*"
	[ "$(wc -l <<<"$stderr")" = 1 ]
}

@test "a log that was truncated and grew past the old place is read from its start" {
	message 1 >"$LOG"
	sweep "$LOG"
	{ message 2; message 3; } >"$LOG"
	run -1 --separate-stderr sweep "$LOG"
	[ "$(total messages)" = 3 ]
}

packers=(gzip bzip2 xz "zstd -q")

@test "a compressed log is read, and known again" {
	message 1 >"$LOG"
	for packer in "${packers[@]}"; do
		rm -rf "$STATE"
		$packer -c "$LOG" >"$LOG.packed"
		run -0 --separate-stderr sweep "$LOG.packed"
		[[ "$stderr" == *" 4 lines"* ]]
		[ "$(total recipients)" = 2 ]
		run -0 --separate-stderr sweep "$LOG.packed" "$LOG"
		[ "$(grep -c "nothing new" <<<"$stderr")" = 2 ]
		[ "$(total recipients)" = 2 ]
	done
}

@test "a log that was half read goes on in its compressed copy" {
	for packer in "${packers[@]}"; do
		rm -rf "$STATE"
		message 1 >"$LOG"
		sweep "$LOG"
		{ message 2; message 3; } >>"$LOG"
		$packer -c "$LOG" >"$LOG.packed"
		run -0 --separate-stderr sweep "$LOG.packed"
		[[ "$stderr" == *" 8 lines"* ]]
		run -0 --separate-stderr sweep "$LOG"
		[[ "$stderr" == *"nothing new"* ]]
		[ "$(total messages)" = 3 ]
	done
}

@test "a compressed log is not unpacked again when it is known" {
	for packer in "${packers[@]}"; do
		rm -rf "$STATE"
		message 1 | $packer -c >"$LOG"
		sweep -q "$LOG"
		run -0 strace -f -qq -e trace=clone,clone3,fork,vfork "$MAILGUARD" sweep \
			--root "$TESTS/data/hosts/cpanel" --state "$STATE" "$LOG"
		[[ "$output" != *clone* ]]
		[[ "$output" == *"nothing new"* ]]
	done
}

@test "a compressed log that ends early counts once, also when it is whole" {
	for packer in "${packers[@]}"; do
		rm -rf "$STATE"
		for hour in 1 2 3 4 5; do message $hour; done >"$LOG"
		head -c 3000000 /dev/urandom | base64 -w 100 >>"$LOG"
		message 6 >>"$LOG"
		$packer -c "$LOG" >"$LOG.packed"
		head -c $(($(stat -c %s "$LOG.packed") * 9 / 10)) "$LOG.packed" >"$LOG.cut"
		for _ in 1 2; do
			run -5 --separate-stderr sweep "$LOG.cut"
			[[ "$stderr" == *"'$LOG.cut': the compressed file ends early, before its byte "* ]]
			[ "$(total messages)" = 5 ]
		done
		run -1 --separate-stderr sweep "$LOG.packed"
		[ "$(total messages)" = 6 ]
	done
}

@test "a damaged compressed log is an error, and the others are read" {
	for packer in "${packers[@]}"; do
		rm -rf "$STATE"
		head -c 300000 /dev/urandom | base64 -w 100 | $packer -c >"$LOG.packed"
		printf x | dd of="$LOG.packed" bs=1 seek=200000 conv=notrunc status=none
		message 1 >"$LOG"
		run -5 --separate-stderr sweep "$LOG.packed" "$LOG"
		[[ "$stderr" =~ "the compressed file "(is damaged|ends early)", before its byte " ]]
		[ "$(total messages)" = 1 ]
	done
}

@test "another log that starts like a known one is read from its start when compressed" {
	{ message 1; message 2; message 3; message 4; } >"$LOG"
	sweep "$LOG"
	{ message 1; message 2; message 3; message 5; message 6; } | gzip >"$LOG.gz"
	run -0 --separate-stderr sweep "$LOG.gz"
	[[ "$stderr" == *" 20 lines"* ]]
}

@test "an older copy that is compressed counts nothing, and is named" {
	for hour in 1 2 3 4 5; do message $hour; done >"$LOG"
	sweep "$LOG"
	head -n 14 "$LOG" | gzip >"$LOG.gz"
	run -1 --separate-stderr sweep "$LOG.gz"
	[[ "$stderr" == *"older or cut copy"* ]]
	[ "$(total messages)" = 5 ]
}

@test "an older copy of a log that was read further counts nothing, and is named" {
	for hour in 1 2 3 4 5; do message $hour; done >"$LOG"
	sweep "$LOG"
	head -n 14 "$LOG" >"$LOG.older"
	run -1 --separate-stderr sweep "$LOG.older"
	[[ "$stderr" == *"older or cut copy"* ]]
	[ "$(total messages)" = 5 ]
}

@test "a log that was emptied without a copy is told of, once" {
	message 1 >"$LOG"
	sweep "$LOG"
	: >"$LOG"
	run -1 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *"was emptied after it had been read up to byte "* ]]
	message 2 >"$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[ "$(total messages)" = 2 ]
}

@test "a missing log is an error, the others are read" {
	message 1 >"$LOG"
	run -4 --separate-stderr sweep "$BATS_TEST_TMPDIR/none" "$LOG"
	[[ "$stderr" == *"cannot open '$BATS_TEST_TMPDIR/none': no such file or directory, skipping"* ]]
	[ "$(total messages)" = 1 ]
}

@test "a directory and a FIFO are errors, and nothing hangs" {
	mkdir "$LOG.d"
	mkfifo "$LOG.fifo"
	run -4 --separate-stderr timeout 10 "$MAILGUARD" sweep --root "$TESTS/data/hosts/cpanel" --state "$STATE" \
		"$LOG.d" "$LOG.fifo"
	[[ "$stderr" == *"it is a directory"* ]]
	[[ "$stderr" == *"it is not a regular file"* ]]
}

@test "an unreadable log is an error" {
	[ "$(id -u)" -eq 0 ] || mg_skip "needs root to become another user"
	message 1 >"$LOG"
	chmod 000 "$LOG"
	# a directory that nobody may use, and a way to it
	install -d -m 777 "$BATS_TEST_TMPDIR/open"
	cp "$MAILGUARD" "$BATS_TEST_TMPDIR/open/mailguard"
	mkdir -p "$BATS_TEST_TMPDIR/open/root/etc"
	cp "$TESTS"/data/hosts/cpanel/etc/* "$BATS_TEST_TMPDIR/open/root/etc"
	cp -p "$LOG" "$BATS_TEST_TMPDIR/open/log"
	chmod -R go+rX "$BATS_TEST_TMPDIR/open/root" "$BATS_TEST_TMPDIR/open/mailguard"
	local up=$BATS_TEST_TMPDIR
	while [ "$up" != / ]; do
		chmod go+x "$up"
		up=$(dirname "$up")
		case $up in /tmp | /) break ;; esac
	done
	run -4 --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$BATS_TEST_TMPDIR/open/mailguard" sweep --root "$BATS_TEST_TMPDIR/open/root" \
		--state "$BATS_TEST_TMPDIR/open/state" "$BATS_TEST_TMPDIR/open/log"
	[[ "$stderr" == *"permission denied"* ]]
}

@test "an empty log is fine" {
	: >"$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *"nothing new"* ]]
}

@test "a binary file is noticed, and the lines around it are not lost" {
	{ message 1; head -c 100000 /dev/urandom | tr '\000' '\n'; echo; message 2; } >"$LOG"
	run -1 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *"none of such a log"* ]]
	[ "$(total messages)" = 2 ]
}

@test "a line of 10 MB is an event, and the lines around it are not lost" {
	{ message 1; head -c 10000000 /dev/zero | tr '\000' x; echo; message 2; } >"$LOG"
	run -1 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *"1 longer than 65536 bytes"* ]]
	[ "$(total messages)" = 2 ]
	run -0 sqlite3 "$STATE/state.db" "SELECT n FROM line WHERE kind = 'overlong'"
	[ "$output" = 1 ]
}

@test "an overlong line without an end waits, whatever its length" {
	{ message 1; head -c 1000000 /dev/zero | tr '\000' x; } >"$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *"(1000000 bytes) has no end yet"* ]]
	{ echo; message 2; } >>"$LOG"
	run -1 --separate-stderr sweep "$LOG"
	[ "$(total messages)" = 2 ]
}

@test "a second sweep at the same time is told who is at work" {
	message 1 >"$LOG"
	sweep "$LOG"
	run -7 --separate-stderr flock "$STATE" \
		"$MAILGUARD" sweep --root "$TESTS/data/hosts/cpanel" --state "$STATE" "$LOG"
	[[ "$stderr" =~ "another mailguard is at work: process "[0-9]+", sweep" ]]
}

@test "--dry-run keeps nothing, with and without a state" {
	message 1 >"$LOG"
	run -0 --separate-stderr sweep --dry-run "$LOG"
	[[ "$stderr" == *"1 messages arrived"* ]]
	[ ! -e "$STATE" ]
	sweep "$LOG"
	message 2 >>"$LOG"
	run -0 --separate-stderr sweep --dry-run "$LOG"
	[[ "$stderr" == *" 4 lines"* ]]
	[ "$(total messages)" = 1 ]
	run -0 --separate-stderr sweep "$LOG"
	[ "$(total messages)" = 2 ]
}

@test "no log, an unknown dialect and unknown accounts are usage errors" {
	run -2 --separate-stderr sweep
	[[ "$stderr" == *"no log given"* ]]
	run -2 --separate-stderr "$MAILGUARD" sweep --state "$STATE" --dialect sendmail x
	[[ "$stderr" == *"'sendmail'"* ]]
	run -2 --separate-stderr "$MAILGUARD" sweep --state "$STATE" --accounts ispmanager x
	[[ "$stderr" == *"'ispmanager'"* ]]
	[ ! -e "$STATE" ]
}

@test "a host without account tables is a configuration error" {
	mkdir "$BATS_TEST_TMPDIR/host"
	message 1 >"$LOG"
	run -3 --separate-stderr "$MAILGUARD" sweep --root "$BATS_TEST_TMPDIR/host" --state "$STATE" \
		--accounts cpanel "$LOG"
	[[ "$stderr" == *"no '/etc/userdomains'"* ]]
	run -3 --separate-stderr "$MAILGUARD" sweep --root "$BATS_TEST_TMPDIR/host" --state "$STATE" "$LOG"
	[[ "$stderr" == *"/etc/mailguard/domains"* ]]
	[ ! -e "$STATE" ]
}

@test "a broken account table is named with its line" {
	mkdir -p "$BATS_TEST_TMPDIR/host/etc"
	printf 'a.example: alice\na.example: bob\n' >"$BATS_TEST_TMPDIR/host/etc/userdomains"
	message 1 >"$LOG"
	run -5 --separate-stderr "$MAILGUARD" sweep --root "$BATS_TEST_TMPDIR/host" --state "$STATE" "$LOG"
	[[ "$stderr" == *"'/etc/userdomains':2: "* ]]
	printf 'a.example: alice # best\n' >"$BATS_TEST_TMPDIR/host/etc/userdomains"
	run -5 --separate-stderr "$MAILGUARD" sweep --root "$BATS_TEST_TMPDIR/host" --state "$STATE" "$LOG"
	[[ "$stderr" == *"':1: 'alice # best' is not the name of an account"* ]]
	printf 'a.example: alice\r\n' >"$BATS_TEST_TMPDIR/host/etc/userdomains"
	run -0 --separate-stderr "$MAILGUARD" sweep --root "$BATS_TEST_TMPDIR/host" --state "$STATE" "$LOG"
}

@test "A42 a state directory that others may write to, or have, is refused" {
	mkdir -m 777 "$STATE"
	message 1 >"$LOG"
	run -3 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *"can be written by others"* ]]
	[ "$(id -u)" -eq 0 ] || mg_skip 'files of others'
	chmod 700 "$STATE"
	chown 12345 "$STATE"
	run -3 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *"belongs to"* ]]
}

@test "A42 a journal that was planted beside the state changes no count" {
	message 1 >"$LOG"
	sweep "$LOG"
	head -c 8192 /dev/urandom >"$STATE/state.db-journal"
	[ -s "$STATE/state.db-wal" ] || head -c 8192 /dev/urandom >"$STATE/state.db-wal"
	message 2 >>"$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[ "$(total messages)" = 2 ]
	"$MAILGUARD" ledger verify --state "$STATE"
}

@test "the zone of a host is found through links, and a loop of them is an error" {
	mkdir -p "$BATS_TEST_TMPDIR/host"
	cp -r "$TESTS/data/hosts/cpanel/etc" "$BATS_TEST_TMPDIR/host/etc"
	mkdir -p "$BATS_TEST_TMPDIR/host/usr/share/zoneinfo/Asia"
	cp /usr/share/zoneinfo/Asia/Kathmandu "$BATS_TEST_TMPDIR/host/usr/share/zoneinfo/Asia/Kathmandu"
	ln -s Kathmandu "$BATS_TEST_TMPDIR/host/usr/share/zoneinfo/Asia/Katmandu"
	ln -s /usr/share/zoneinfo/Asia/Katmandu "$BATS_TEST_TMPDIR/host/etc/localtime"
	message 6 >"$LOG"
	"$MAILGUARD" sweep -q --root "$BATS_TEST_TMPDIR/host" --state "$STATE" "$LOG"
	run -0 --separate-stderr "$MAILGUARD" report --state "$STATE" --hours --utc --format csv
	[[ "${lines[1]}" == 2026-11-22T00:15:00Z,* ]]
	ln -sf localtime "$BATS_TEST_TMPDIR/host/etc/localtime"
	run -4 --separate-stderr "$MAILGUARD" sweep --root "$BATS_TEST_TMPDIR/host" --state "$STATE" "$LOG"
	[[ "$stderr" == *"too many links"* ]]
}

@test "a passwd file with lines of another shape is no obstacle" {
	mkdir -p "$BATS_TEST_TMPDIR/host"
	cp -r "$TESTS/data/hosts/cpanel/etc" "$BATS_TEST_TMPDIR/host/etc"
	printf '+\n::::\n' >>"$BATS_TEST_TMPDIR/host/etc/passwd"
	message 1 >"$LOG"
	run -0 --separate-stderr "$MAILGUARD" sweep --root "$BATS_TEST_TMPDIR/host" --state "$STATE" "$LOG"
}

@test "a parser that dies is told with the bytes it left, and loses nothing" {
	message 1 >"$LOG"
	# only the child makes this call
	run -4 --separate-stderr strace -f -qq -o /dev/null -e trace=landlock_restrict_self \
		-e inject=landlock_restrict_self:signal=KILL \
		"$MAILGUARD" sweep --root "$TESTS/data/hosts/cpanel" --state "$STATE" "$LOG"
	[[ "$stderr" == *"bytes 0 to $(stat -c %s "$LOG") were not counted"*"signal 9 (KILL)"* ]]
	sweep "$LOG"
	[ "$(total messages)" = 1 ]
}

@test "a host in another zone has its own hours" {
	mkdir -p "$BATS_TEST_TMPDIR/host"
	cp -r "$TESTS/data/hosts/cpanel/etc" "$BATS_TEST_TMPDIR/host/etc"
	cp /usr/share/zoneinfo/Asia/Kathmandu "$BATS_TEST_TMPDIR/host/etc/localtime"
	message 6 >"$LOG" # 06:45 in Kathmandu is 01:00 UTC
	"$MAILGUARD" sweep -q --root "$BATS_TEST_TMPDIR/host" --state "$STATE" "$LOG"
	run -0 --separate-stderr "$MAILGUARD" report --root "$BATS_TEST_TMPDIR/host" --state "$STATE" --hours \
		--format csv
	[[ "${lines[1]}" == 2026-11-22T06:00:00+05:45,a.example,alice,* ]]
	run -0 --separate-stderr "$MAILGUARD" report --state "$STATE" --hours --utc --format csv
	[[ "${lines[1]}" == 2026-11-22T00:15:00Z,* ]]
}

@test "a zone that changed between two sweeps is told, and moves no count" {
	local host=$BATS_TEST_TMPDIR/host zone
	mkdir -p "$host"
	cp -r "$TESTS/data/hosts/cpanel/etc" "$host/etc"
	zone_sweep() { # NOW ZONE
		cp "/usr/share/zoneinfo/$2" "$host/etc/localtime"
		MG_TEST_NOW=$1 "$MAILGUARD-test" sweep --root "$host" --state "$STATE" "$LOG"
	}
	message 6 >"$LOG" # 06:45 in Berlin is 05:45 UTC
	run -0 --separate-stderr zone_sweep 1795330800 Europe/Berlin # 2026-11-22
	# Summer time comes and goes; the same clock under another name is no other.
	for zone in Europe/Berlin Europe/Paris Europe/Berlin; do
		run -0 --separate-stderr zone_sweep $((1811000000 + RANDOM)) "$zone"
	done
	message 7 >>"$LOG"
	run -1 --separate-stderr zone_sweep 1811100000 America/New_York
	[[ "$stderr" == *"has changed since the last sweep (UTC+02:00 is UTC-04:00 now)"* ]]
	run -0 --separate-stderr zone_sweep 1811100060 America/New_York
	run -0 --separate-stderr "$MAILGUARD" report --state "$STATE" --hours --utc --format csv
	[[ "${lines[1]}" == 2026-11-22T05:00:00Z,* ]]
	[[ "${lines[2]}" == 2026-11-22T12:00:00Z,* ]]
}

@test "a state of the first version is brought up to date, and goes on" {
	mkdir -m 700 "$STATE"
	sqlite3 "$STATE/state.db" <"$TESTS/data/state/1.sql"
	run -3 --separate-stderr "$MAILGUARD" report --state "$STATE"
	[[ "$stderr" == *"older mailguard: run a sweep first"* ]]
	{ message 1; message 2; } >"$LOG"
	run -0 --separate-stderr sweep "$LOG"
	[[ "$stderr" == *" 4 lines"* ]]
	[ "$(total messages)" = 2 ]
}

@test "a line that claims more bytes than there are does not stop its log" {
	local log=$BATS_TEST_TMPDIR/forged i
	for i in 1 2 3 4 5; do
		cat <<-EOF
			2026-03-01T08:00:0$i+00:00 mx postfix/pickup[7]: 4F1A2B3C4$i: uid=5001 from=<alice>
			2026-03-01T08:00:0$i+00:00 mx postfix/qmgr[7]: 4F1A2B3C4$i: from=<a@a.example>, size=4611686018427387905, nrcpt=4294967295 (queue active)
		EOF
	done >"$log"
	run --separate-stderr "$MAILGUARD" sweep --root "$TESTS/data/hosts/cpanel" \
		--state "$BATS_TEST_TMPDIR/state" --dialect syslog "$log"
	[ "$status" -le 1 ]
	cat >>"$log" <<-EOF
		2026-03-01T08:01:00+00:00 mx postfix/submission/smtpd[8]: 5F1A2B3C40: client=x[198.51.100.7], sasl_method=PLAIN, sasl_username=info@a.example
		2026-03-01T08:01:00+00:00 mx postfix/qmgr[7]: 5F1A2B3C40: from=<info@a.example>, size=100, nrcpt=2 (queue active)
	EOF
	"$MAILGUARD" sweep -q --root "$TESTS/data/hosts/cpanel" --state "$BATS_TEST_TMPDIR/state" --dialect syslog "$log"
	run -0 --separate-stderr "$MAILGUARD" report --state "$BATS_TEST_TMPDIR/state" --by mailbox --json
	[ "$(jq -c '.rows[] | select(.mailbox == "info@a.example") | [.recipients, .bytes]' <<<"$output")" = '[2,100]' ]
}

@test "on a terminal a long sweep says how far it is, elsewhere it does not" {
	local shown=$BATS_TEST_TMPDIR/shown
	message 1 >"$LOG"
	message 2 >"$BATS_TEST_TMPDIR/other"
	command="MG_TEST_PROGRESS=0 $MAILGUARD-test sweep --dry-run --root $TESTS/data/hosts/cpanel --state $STATE"
	run -0 script -qec "$command $LOG $BATS_TEST_TMPDIR/other" "$shown"
	grep -qE $'\r''[0-9.]+ of [0-9.]+ MB, [0-9]+ %, [0-9]+ lines/s, 0 s left: (mainlog|other) *'$'\r *\r' "$shown"
	run -0 script -qec "$command --quiet $LOG" "$shown"
	run -1 grep 'lines/s' "$shown"
	run -0 script -qec "$command $LOG 2>$BATS_TEST_TMPDIR/stderr" "$shown"
	run -1 grep 'lines/s' "$shown" "$BATS_TEST_TMPDIR/stderr"
}
