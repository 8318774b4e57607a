#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# Whose domain is whose, under each control panel.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	LOG=$BATS_TEST_TMPDIR/mainlog
	HOST=$BATS_TEST_TMPDIR/host
	STATE=$BATS_TEST_TMPDIR/state
}

# script USER DIRECTORY: it sends a message to one recipient.
script() {
	local id
	id=1xUzR$(printf %d "$((++N))")-0003rl-0M
	printf '2026-11-22 01:45:02 cwd=%s 3 args: /usr/sbin/sendmail -t -i\n' "$2"
	printf '2026-11-22 01:45:02 %s <= x@far.test U=%s P=local S=100 for a@far.test\n' "$id" "$1"
	printf '2026-11-22 01:45:03 %s => a@far.test R=r T=t\n' "$id"
	printf '2026-11-22 01:45:03 %s Completed\n' "$id"
}

# charged PANEL: "MESSAGES DOMAIN ACCOUNT OWNER" of each domain, in order.
charged() {
	"$MAILGUARD" sweep -q --root "$TESTS/data/hosts/$1" --state "$STATE" "$LOG"
	"$MAILGUARD" report --state "$STATE" --by domain --since all --top 0 --format json |
		jq -r '.rows[] | "\(.messages) \(.domain) \(.account)"' | LC_ALL=C sort -k2
}

@test "the demonstration log is charged right under each panel" {
	for panel in cpanel directadmin plesk hestia virtualmin plain; do
		rm -rf "$STATE"
		mg_counts_truth "$panel" "$TESTS/data/exim/demo"
	done
}

@test "the panel that a host has is found" {
	cp "$TESTS/data/exim/demo.log" "$LOG"
	for panel in cpanel directadmin plesk hestia virtualmin plain; do
		rm -rf "$STATE"
		charged "$panel" >"$BATS_TEST_TMPDIR/$panel"
		diff "$BATS_TEST_TMPDIR/cpanel" "$BATS_TEST_TMPDIR/$panel"
	done
	[ "$(wc -l <"$BATS_TEST_TMPDIR/cpanel")" = 4 ]
}

@test "owners are the panel's resellers" {
	cp "$TESTS/data/exim/demo.log" "$LOG"
	for panel in directadmin plesk virtualmin; do
		rm -rf "$STATE"
		charged "$panel" >/dev/null
		run -0 --separate-stderr "$MAILGUARD" report --state "$STATE" --by owner --since all --format csv
		[[ "$output" == *$'\n'rita,* ]]
	done
}

@test "a script is charged to the domain whose document root holds it" {
	local a=/home/alice v=/var/www/vhosts panel want
	while read -r panel want; do
		rm -rf "$STATE" "$LOG"
		case $panel in
		cpanel | plain) set -- $a/public_html/x $a/b.example/x $a/x ;;
		directadmin)
			set -- $a/domains/a.example/public_html $a/domains/b.example/private_html/x $a/public_html \
				$a/domains/a.example/public_html/shop/x $a/domains/news.a.example/public_html
			;;
		hestia)
			set -- $a/web/a.example/public_html/x $a/web/b.example/cgi-bin $a/x \
				$a/web/a.example/public_html/shop
			;;
		virtualmin)
			set -- $a/public_html/x $a/domains/b.example/public_html $a/domains/b.example \
				$a/public_html/shop-site/x
			;;
		plesk)
			set -- $v/a.example/httpdocs $v/a.example/b.example/x $v/a.example/private \
				$v/a.example/shop.a.example
			;;
		esac
		for directory; do script alice "$directory" >>"$LOG"; done
		run -0 charged "$panel"
		[ "$(tr '\n' , <<<"$output")" = "$want" ] || {
			echo "$panel: $output"
			return 1
		}
	done <<-END
		cpanel 2 a.example alice,1 b.example alice,
		plain 2 a.example alice,1 b.example alice,
		directadmin 2 a.example alice,1 b.example alice,1 news.a.example alice,1 shop.a.example alice,
		hestia 2 a.example alice,1 b.example alice,1 shop.a.example alice,
		virtualmin 2 a.example alice,1 b.example alice,1 shop.a.example alice,
		plesk 2 a.example alice,1 b.example alice,1 shop.a.example alice,
	END
}

@test "an alias and a pointer are domains of the account" {
	echo "2026-11-22 01:45:02 1xUzR1-0003rl-0M <= joe@alias.example H=(x) [192.0.2.7] P=esmtpsa" \
		"A=PLAIN:joe@alias.example S=100 for a@far.test" >"$LOG"
	for panel in directadmin plesk hestia virtualmin; do
		rm -rf "$STATE"
		run -0 charged "$panel"
		[ "$output" = "1 alias.example alice" ]
	done
}

@test "half a table counts nothing, and is named" {
	cp "$TESTS/data/exim/demo.log" "$LOG"
	while read -r panel status file where; do
		rm -rf "$HOST" "$STATE"
		cp -r "$TESTS/data/hosts/$panel" "$HOST"
		truncate -s -6 "$HOST/$file"
		run "-$status" --separate-stderr "$MAILGUARD" sweep --root "$HOST" --state "$STATE" "$LOG"
		[[ "$stderr" == *"'/$file'$where"* ]] || {
			echo "$panel: $stderr"
			return 1
		}
		[ ! -e "$STATE" ]
	done <<-END
		directadmin 5 etc/virtual/domainowners :4:
		plesk 5 etc/mailguard/plesk.tsv :
		hestia 5 usr/local/hestia/data/users/bob/mail.conf :1:
	END
}

@test "a table that somebody else may write to counts nothing" {
	cp "$TESTS/data/exim/demo.log" "$LOG"
	cp -r "$TESTS/data/hosts/hestia" "$HOST"
	chmod o+w "$HOST/usr/local/hestia/data/users/bob/web.conf"
	run -3 --separate-stderr "$MAILGUARD" sweep --root "$HOST" --state "$STATE" "$LOG"
	[[ "$stderr" == *"/bob/web.conf' can be written by everybody"* ]]
	[ ! -e "$STATE" ]
}

@test "tables are not read for nothing new, and stop what is new" {
	local before
	cp -r "$TESTS/data/hosts/directadmin" "$HOST"
	for id in 10 20; do script alice /home/alice/x | sed "s/01:45/01:$id/" >"$LOG.$id"; done
	"$MAILGUARD" sweep -q --root "$HOST" --state "$STATE" "$LOG.10" "$LOG.20"
	before=$(sha256sum "$STATE/state.db")
	truncate -s -6 "$HOST/etc/virtual/domainowners"
	run -0 --separate-stderr "$MAILGUARD" sweep -q --root "$HOST" --state "$STATE" "$LOG.10" "$LOG.20"
	[ "$before" = "$(sha256sum "$STATE/state.db")" ]
	for id in 10 20; do script alice /home/alice/x | sed "s/01:45/02:$id/" >>"$LOG.$id"; done
	run -5 --separate-stderr "$MAILGUARD" sweep -q --root "$HOST" --state "$STATE" "$LOG.10" "$LOG.20"
	[ "$(grep -c "'/etc/virtual/domainowners':4:.*, stopping" <<<"$stderr")" = 1 ]
	[ "${#stderr_lines[@]}" = 1 ]
	[ "$before" = "$(sha256sum "$STATE/state.db")" ]
	cp "$TESTS/data/hosts/directadmin/etc/virtual/domainowners" "$HOST/etc/virtual"
	"$MAILGUARD" sweep -q --root "$HOST" --state "$STATE" "$LOG.10" "$LOG.20"
	run -0 "$MAILGUARD" report --state "$STATE" --since all --format json
	[ "$(jq '[.rows[].messages] | add' <<<"$output")" = 4 ]
}

@test "tables that change during a sweep are read again before the next log" {
	cp -r "$TESTS/data/hosts/plain" "$HOST"
	local i logs=()
	for i in {10..59}; do
		script alice /home/alice/x | sed "s/01:45/01:$i/; s/1xUz/1x$i/" >"$LOG.$i"
		logs+=("$LOG.$i")
	done
	"$MAILGUARD" sweep -q --root "$HOST" --state "$STATE" "${logs[@]}" &
	local pid=$!
	# The first logs are counted, and many are left.
	for ((i = 0; i < 500; i++)); do
		sqlite3 "$STATE/state.db" "SELECT 1 FROM fact" 2>/dev/null | grep -q 1 && break
		sleep 0.01
	done
	rm "$HOST/etc/mailguard/document-roots"
	sed 's/^a.example: alice/z.example: alice/' "$HOST/etc/mailguard/domains" >"$HOST/new"
	mv "$HOST/new" "$HOST/etc/mailguard/domains"
	wait $pid
	run -0 "$MAILGUARD" report --state "$STATE" --since all --format json
	[ "$(jq '[.rows[].messages] | add' <<<"$output")" = 50 ]
	[ "$(jq -r '[.rows[].domain] | sort | join(" ")' <<<"$output")" = "a.example z.example" ]
}
