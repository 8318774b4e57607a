# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016 # run sets output, stderr and lines; shells expand their own words
#
# What cPanel calls: mailguard hook.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	ROOT=$TESTS/data/hosts/cpanel
	STATE=$BATS_TEST_TMPDIR/state
}

# hook EVENT: with the JSON on standard input.
hook() {
	"$MAILGUARD" hook cpanel "$1" --root "$ROOT" --state "$STATE"
}

# happens WORD EVENT STAGE DATA: as cPanel calls.
happens() {
	printf '{"context":{"category":"Whostmgr","event":"%s","stage":"%s","point":"main"},"data":%s,"hook":{"weight":100}}' \
		"$2" "$3" "$4" | hook "$1"
}

# recorded: "ACTION ACCOUNT" of each row.
recorded() {
	"$MAILGUARD" ledger --all --root "$ROOT" --state "$STATE" --json |
		jq -r '.rows[] | select(.state == "panel") | "\(.action) \(.subject)"'
}

@test "describe is the array that manage_hooks reads" {
	"$MAILGUARD" hook describe cpanel >"$BATS_TEST_TMPDIR/doc"
	jq -e 'length == 7 and all(.[]; .exectype == "script" and (.hook | startswith("/usr/local/cpanel/3rdparty/bin/mailguard_hook ")))
		and ([.[] | select(.blocking)] | length == 1 and .[0].event == "Accounts::Remove" and .[0].stage == "pre")' \
		"$BATS_TEST_TMPDIR/doc"
}

@test "what cPanel did is in the ledger" {
	happens created Accounts::Create post '{"user":"alice","owner":"root"}'
	happens modified Accounts::Modify post '{"user":"alice","newuser":"alice2"}'
	happens modified Accounts::Modify post '{"user":"alice2","newuser":"alice2","owner":"reseller"}'
	happens modified Accounts::Modify post '{"user":"alice2","quota":"100"}'
	happens suspended Accounts::suspendacct post '{"user":"alice2","reason":"unpaid","disallowun":"0"}'
	happens unsuspended Accounts::unsuspendacct post '{"user":"alice2"}'
	happens removing Accounts::Remove pre '{"user":"alice2","killdns":1}'
	run -0 --separate-stderr happens removed Accounts::Remove post '{"user":"alice2"}'
	[ "$output" = "1 mailguard: ok" ]
	run -0 recorded
	[ "$output" = "$(printf '%s\n' 'created alice' 'renamed alice' 'owner alice2' 'suspended alice2' 'unsuspended alice2' \
		'removing alice2' 'removed alice2')" ]
	run -0 "$MAILGUARD" ledger --all --root "$ROOT" --state "$STATE" --json
	[ "$(jq -c '.rows[] | [.subject, .owner, .by, .detail, (.made_at | type)]' <<<"$output")" = "$(
		printf '["%s",%s,"cpanel",%s,"string"]\n' alice '"root"' '"root"' alice null '"alice2"' alice2 '"reseller"' '"reseller"' \
			alice2 null '"unpaid"' alice2 null null alice2 null null alice2 null null
	)" ]
	run -0 "$MAILGUARD" ledger show account:alice2 --root "$ROOT" --state "$STATE"
	[[ "${lines[0]}" == *WRITTEN*BY*DETAIL* ]]
	[[ "$output" =~ 20[0-9-]+\ [0-9:]+\ .*suspended\ +account\ +alice2\ .*cpanel\ +unpaid ]]
	"$MAILGUARD" ledger --all --root "$ROOT" --state "$STATE" --json >"$BATS_TEST_TMPDIR/doc"
	DOC=$BATS_TEST_TMPDIR/doc KIND=ledger run -0 validate
	run -0 "$MAILGUARD" ledger verify --state "$STATE"
}

@test "what we did ourselves is no row of its own" {
	run -0 happens suspended Accounts::suspendacct post '{"user":"alice","reason":"mailguard 5c0f: 900 of 500"}'
	[ "$output" = "1 mailguard: ok" ]
	[ ! -e "$STATE" ]
}

@test "of a password nothing is kept but whose it is" {
	printf '{"context":{"category":"Passwd","event":"ChangePasswd","stage":"post"},"data":{"user":"alice","newpass":"%s","password":"%s"}}' \
		Sesame-4711 Sesame-4711 | hook password
	run -0 recorded
	[ "$output" = "password alice" ]
	run ! grep -rq Sesame "$STATE"
}

@test "whatever is wrong, cPanel goes on" {
	local deep
	deep=$(printf '%0.s{"a":' {1..100})
	for json in '' '[]' '{' "$deep" '{"context":{"event":"Accounts::Remove","stage":"pre"},"data":{"user":"../x"}}' \
		'{"context":{"event":"Accounts::Remove","stage":"pre"},"data":{"user":"a","user":"b"}}' \
		'{"context":{"event":"Accounts::Create","stage":"pre"},"data":{"user":"alice"}}' \
		'{"context":{"event":"Accounts::Remove","stage":"pre"}}'; do
		run -0 --separate-stderr hook removing <<<"$json"
		[ "$output" = "1 mailguard: not recorded" ]
		[[ "$stderr" == "mailguard: "*", continuing" ]]
	done
	head -c 6000000 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/long"
	run -0 --separate-stderr hook removing <"$BATS_TEST_TMPDIR/long"
	[ "$output" = "1 mailguard: not recorded" ]
	touch "$STATE"
	run -0 --separate-stderr happens removing Accounts::Remove pre '{"user":"alice"}'
	[ "$output" = "1 mailguard: not recorded" ]
}

# suspended: as if a suspension of alice's were in force.
suspended() {
	happens created Accounts::Create post '{"user":"alice","owner":"root"}'
	/usr/bin/python3 - "$STATE/state.db" <<-'PYTHON'
		import sqlite3, sys
		db = sqlite3.connect(sys.argv[1])
		seq = db.execute("SELECT max(seq) + 1 FROM ledger").fetchone()[0]
		db.execute("INSERT INTO ledger VALUES (?, 3, 1, 'x', zeroblob(32))", (seq,))
		names = [row[1] for row in db.execute("PRAGMA table_info(intent)")]
		row = dict.fromkeys(names, 0) | dict(seq=seq, id="0" * 16, verb=6, per="account", subject="alice",
			account="alice", domain=None, owner=None, finding=None, until_at=2**60, by="x", reason="x",
			target=None, identity=None)
		db.execute(f"INSERT INTO intent VALUES ({', '.join('?' * len(names))})", [row[name] for name in names])
		db.commit()
	PYTHON
}

# terminating: as if a termination of alice's were being carried out.
terminating() {
	suspended
	/usr/bin/python3 - "$STATE/state.db" <<-'PYTHON'
		import sqlite3, sys
		db = sqlite3.connect(sys.argv[1])
		row = list(db.execute("SELECT * FROM intent").fetchone())
		names = [column[1] for column in db.execute("PRAGMA table_info(intent)")]
		seq = db.execute("SELECT max(seq) + 1 FROM ledger").fetchone()[0]
		def add(kind):
		    global seq
		    db.execute("INSERT INTO ledger VALUES (?, ?, 1, 'x', zeroblob(32))", (seq, kind))
		    seq += 1
		    return seq - 1
		row = dict(zip(names, row)) | dict(seq=add(3), id="7" * 16, verb=7)
		db.execute(f"INSERT INTO intent VALUES ({', '.join('?' * len(names))})", [row[name] for name in names])
		db.execute("INSERT INTO mark VALUES (?, ?, 5, 'mailguard', ?)", (add(4), "7" * 16, "0" * 64 + " /x/before-the-end.tar.gz"))
		db.execute("INSERT INTO mark VALUES (?, ?, 6, 'hook:cpanel', '')", (add(4), "7" * 16))
		db.commit()
	PYTHON
}

# own_root: a host that the test may change.
own_root() {
	cp -r "$ROOT" "$BATS_TEST_TMPDIR/root"
	ROOT=$BATS_TEST_TMPDIR/root
}

# held COMMAND...: while a sweep is at work, as it were.
held() {
	flock --no-fork "$STATE" timeout 5 "$@"
}

# happens_in WORD EVENT STAGE DATA: in a process of its own.
happens_in() {
	printf '{"context":{"event":"%s","stage":"%s"},"data":%s}' "$2" "$3" "$4" >"$BATS_TEST_TMPDIR/json"
	held sh -c 'exec "$1" hook cpanel "$2" --root "$3" --state "$4" <"$5"' sh "$MAILGUARD" "$1" "$ROOT" "$STATE" "$BATS_TEST_TMPDIR/json"
}

@test "while a sweep is at work cPanel does not wait, and nothing is lost" {
	happens created Accounts::Create post '{"user":"alice","owner":"root"}'
	run -0 happens_in created Accounts::Create post '{"user":"bob","owner":"root"}'
	[ "$output" = "1 mailguard: ok" ]
	run -0 happens_in removing Accounts::Remove pre '{"user":"bob"}'
	[ "$output" = "1 mailguard: ok" ]
	run -0 recorded
	[ "$output" = "created alice" ]
	[ "$(find "$STATE/events" -type f | wc -l)" -eq 2 ]
	happens removed Accounts::Remove post '{"user":"bob"}'
	run -0 recorded
	[ "$output" = "$(printf '%s\n' 'created alice' 'created bob' 'removing bob' 'removed bob')" ]
	[ "$(ls -A "$STATE/events")" = "" ]
	run -0 "$MAILGUARD" ledger verify --state "$STATE"
}

@test "the next sweep takes in what could not be noted, once, and says what is strange" {
	own_root
	mkdir -p "$ROOT/etc/mailguard"
	printf 'accounts = "cpanel";\nsources = ( { name = "mail"; dialect = "exim"; log = "/main.log"; } );\n' \
		>"$ROOT/etc/mailguard/mailguard.conf"
	: >"$ROOT/main.log"
	happens created Accounts::Create post '{"user":"alice","owner":"root"}'
	run -0 happens_in created Accounts::Create post '{"user":"bob","owner":"root"}'
	cp "$STATE"/events/* "$BATS_TEST_TMPDIR/"
	echo x >"$STATE/events/1"
	run -5 "$MAILGUARD" sweep --root "$ROOT" --state "$STATE"
	[[ "$output" == *"events/1' is no event of this program"* ]]
	run -0 recorded
	[ "$output" = "$(printf '%s\n' 'created alice' 'created bob')" ]
	rm "$STATE/events/1"
	run -0 "$MAILGUARD" sweep --root "$ROOT" --state "$STATE"
}

@test "killed while it takes events in: each stands once" {
	happens created Accounts::Create post '{"user":"alice","owner":"root"}'
	for call in pwrite64 fdatasync unlink; do
		for n in 1 2 3 4; do
			run -0 happens_in created Accounts::Create post "{\"user\":\"u$call$n\",\"owner\":\"root\"}"
			strace -f -qq -o /dev/null -e trace="$call" -e inject="$call":signal=KILL:when="$n" \
				sh -c 'exec "$1" hook cpanel removed --root "$2" --state "$3" <<-END
					{"context":{"event":"Accounts::Remove","stage":"post"},"data":{"user":"gone"}}
				END' sh "$MAILGUARD" "$ROOT" "$STATE" >/dev/null 2>&1 || true
		done
	done
	happens removed Accounts::Remove post '{"user":"alice"}'
	[ "$(recorded | grep -c '^created u')" -eq 12 ]
	[ "$(recorded | grep '^created u' | sort -u | wc -l)" -eq 12 ]
}

@test "the removal that a termination runs waits for nothing, and has its evidence" {
	terminating
	run -0 happens_in removing Accounts::Remove pre '{"user":"alice"}'
	[ "$output" = "1 mailguard: ok" ]
	happens removed Accounts::Remove post '{"user":"alice"}'
	run -0 "$MAILGUARD" ledger show account:alice --root "$ROOT" --state "$STATE" --json
	[ "$(jq -r '.rows[] | select(.action == "removing") | .detail' <<<"$output")" = before-the-end ]
}

@test "a removal keeps the evidence of a suspended account, or is stopped" {
	suspended
	run -0 --separate-stderr happens removing Accounts::Remove pre '{"user":"alice"}'
	[ "$output" = "1 mailguard: ok" ]
	ls "$STATE"/evidence/*-alice-*.tar.gz
	rm -r "${STATE:?}/evidence"
	touch "$STATE/evidence"
	run -0 --separate-stderr happens removing Accounts::Remove pre '{"user":"alice"}'
	[[ "$output" == "0 BAILOUT mailguard: "*"evidence cannot be kept" ]]
	# Somebody else's account is no matter of ours.
	run -0 --separate-stderr happens removing Accounts::Remove pre '{"user":"bob"}'
	[ "$output" = "1 mailguard: ok" ]
}

# proven: as if the suspension had its bundle.
proven() {
	/usr/bin/python3 - "$STATE/state.db" <<-'PYTHON'
		import sqlite3, sys
		db = sqlite3.connect(sys.argv[1])
		seq = db.execute("SELECT max(seq) + 1 FROM ledger").fetchone()[0]
		db.execute("INSERT INTO ledger VALUES (?, 4, 1, 'x', zeroblob(32))", (seq,))
		db.execute("INSERT INTO mark VALUES (?, ?, 5, 'mailguard', ?)", (seq, "0" * 16, "0" * 64 + " /x/of-the-suspension.tar.gz"))
		db.commit()
	PYTHON
}

# removing STATE: alice's account is being removed, while a sweep has that state for longer than is waited for.
removing() {
	printf '{"context":{"event":"Accounts::Remove","stage":"pre"},"data":{"user":"alice"}}' |
		flock --no-fork "$1" timeout 30 "$MAILGUARD" hook cpanel removing --root "$ROOT" --state "$1" 2>"$1.err"
}

@test "where a sweep goes on for longer than is waited for, the suspension's evidence stands, and without it there is a veto" {
	local without=$BATS_TEST_TMPDIR/without
	suspended
	cp -a "$STATE" "$without"
	proven
	removing "$without" >"$without.out" 3>&- &
	run -0 removing "$STATE"
	[ "$output" = "1 mailguard: ok" ]
	wait
	[[ "$(cat "$without.out")" == "0 BAILOUT mailguard: "*"evidence cannot be kept" ]]
	grep -q 'another mailguard is at work' "$without.err"
	[ -z "$(ls "$STATE/evidence" "$without/evidence" 2>/dev/null)" ]
	happens removed Accounts::Remove post '{"user":"alice"}'
	run -0 "$MAILGUARD" ledger show account:alice --root "$ROOT" --state "$STATE" --json
	[ "$(jq -r '.rows[] | select(.action == "removing") | .detail' <<<"$output")" = of-the-suspension ]
}
