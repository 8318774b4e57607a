#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # run sets output, in each test anew
#
# An Exim as Debian configures it refuses, holds and releases what mailguard says: that of Debian 12, and in make
# check-trixie that of Debian 13.
# Needs root, overlayfs, network namespaces and a Debian mirror.

bats_require_minimum_version 1.5.0

setup_file() {
	load ../helper
	load ../host/exim.bash
	exim_up
}

setup() {
	load ../helper
	load ../host/exim.bash
	[ -z "${NO_HOST-}" ] || mg_skip "$NO_HOST"
	ROOT=$("$TESTS/host/exim_host.sh" root)
	MAP=$ROOT/etc/mailguard/maps/exim
	LOG=$ROOT/var/log/exim4/mainlog
	cp "$MAILGUARD" "$ROOT/usr/local/sbin/mailguard"
	mkdir -p "$ROOT/etc/mailguard"
	cp "$TESTS/data/hosts/plain/etc/mailguard/domains" "$ROOT/etc/mailguard/"
	settings 1200
}

teardown() {
	# A test that failed may have moved it away.
	[ -n "${NO_HOST-}" ] || cp "$MAILGUARD" "$ROOT/usr/local/sbin/mailguard"
	[ -n "${NO_HOST-}" ] || on_host mailguard rules remove exim
	[ -n "${NO_HOST-}" ] || rm -rf "${ROOT:?}/var/lib/mailguard"
}

teardown_file() {
	load ../helper
	mg_host_down exim
}

settings() { # PACE
	printf 'accounts = "plain"\nenforce = { by = [ "exim" ]; pace = %s }\n' "$1" \
		>"$ROOT/etc/mailguard/mailguard.conf"
}

until_of() { sed -n "s/^$1: .*\(refuse\|hold\)=\([0-9]*\) .*/\2/p" "$MAP"; }

@test "SMTP is refused and local mail held, by login and uid; it lifts and is let out with mailguard gone" {
	local text='451 4.7.1 mailguard: a.example may not send for now, try again after 20*'
	local until i n
	"$TESTS/host/exim_host.sh" stock split
	put_in
	run -0 on_host mailguard rules diff exim
	[ "$output" = "" ]
	on_host mailguard throttle a.example --for 20s --reason test
	mv "$ROOT/usr/local/sbin/mailguard" "$ROOT/root/"

	said "$text" smtp joe@a.example joe@a.example x@far.test
	said "$text" smtp sue@A.Example forged@c.example x@far.test
	said '250 *' smtp joe@c.example forged@a.example x@far.test
	said '250 *' smtp - stranger@far.test alice@mx1.hoster.test
	for i in 1 2 3 4 5 6; do
		script 5001 "held$i@far.test" "too$i@far.test"
	done
	script 5002 bob@far.test
	script 5002 held1@far.test
	arrives bob@far.test 1
	on_host exim4 -q
	arrives 'held.@far.test' 1 # bob's
	[ "$(on_host exim4 -bpc)" -eq 6 ]
	run -0 grep -c 'R=mailguard_held defer (-1): mailguard: this account may not send for now' "$LOG"
	[ "$output" -ge 6 ]
	run -1 grep ' <= <>' "$LOG"

	until=$(until_of uid=5001)
	wait_until "$until"
	said '250 *' smtp joe@a.example joe@a.example x@far.test
	script 5001 after@far.test
	arrives after@far.test 1
	# 1200 an hour: one every three seconds, and never more than one ahead.
	while [ "$(on_host exim4 -bpc)" -gt 0 ]; do
		on_host exim4 -q
		n=$(($(delivered 'held.@far.test') - 1))
		[ "$n" -le $((1 + ($(date +%s) - until) / 3)) ]
		[ "$(date +%s)" -lt $((until + 30)) ]
	done
	[ "$(date +%s)" -ge $((until + 15)) ]
	[ "$(delivered 'held.@far.test')" -eq 7 ]
	# In one delivery with the other recipient, or in one of its own.
	[ "$(grep -c ' [=-]> too.@far.test' "$LOG")" -eq 6 ]
	run -1 grep ' <= <>' "$LOG"
	mv "$ROOT/root/mailguard" "$ROOT/usr/local/sbin/"
}

@test "a limit of 20: the 21st mail of a domain is refused, by what a sweep found" {
	local i text='451 4.7.1 mailguard: a.example has sent 20 of 20 allowed in 60 minutes, try again after 20*'
	"$TESTS/host/exim_host.sh" stock split
	put_in
	cat >>"$ROOT/etc/mailguard/mailguard.conf" <<-'EOF'
		sources = ( { name = "mail"; dialect = "exim"; log = "/var/log/exim4/mainlog"; } );
	EOF
	mkdir -p "$ROOT/etc/mailguard/policies"
	sed 's/limit = 500/limit = 20/' "$TESTS/../etc/policies/hourly-limits.conf" \
		>"$ROOT/etc/mailguard/policies/hourly-limits.conf"
	for i in {1..10}; do
		said '250 *' smtp joe@a.example joe@a.example "r$i@far.test"
		said '250 *' smtp sue@a.example sue@a.example "s$i@far.test"
	done
	on_host mailguard sweep --quiet
	said "$text" smtp joe@a.example joe@a.example r21@far.test
	said "$text" smtp sue@a.example sue@a.example s21@far.test
	said '250 *' smtp joe@c.example joe@c.example other@far.test
	said '250 *' smtp - stranger@far.test alice@mx1.hoster.test
	rm -r "$ROOT/etc/mailguard/policies"
}

@test "hold: SMTP is accepted and held, of a mailbox and of a domain" {
	"$TESTS/host/exim_host.sh" stock split
	put_in
	on_host mailguard hold joe@a.example --for 1h --reason test
	said '250 *' smtp joe@a.example joe@a.example x@far.test
	said '250 *' smtp sue@a.example joe@a.example y@far.test
	on_host exim4 -qf
	arrives y@far.test 1
	[ "$(delivered x@far.test)" -eq 0 ]
	# Ended by a person, it is let out at its pace.
	on_host mailguard release joe@a.example --reason test
	wait_until $(($(until_of login=joe@a.example) + 4))
	on_host exim4 -q
	arrives x@far.test 1
}

@test "the ACL of the site says what it said before" {
	"$TESTS/host/exim_host.sh" stock split
	check_site
	put_in
	check_site
}

check_site() {
	said '550 5.7.1 the site denies' smtp joe@a.example deny@far.test x@far.test
	said '450 4.7.0 the site defers' smtp joe@a.example defer@far.test x@far.test
	said '550 5.7.2 the site hangs up' smtp joe@a.example drop@far.test x@far.test
	said '250 *' smtp joe@a.example joe@a.example x@far.test
}

@test "a map that is missing, torn or unreadable stops no mail" {
	"$TESTS/host/exim_host.sh" stock split
	put_in
	on_host mailguard throttle a.example --for 1h --reason test
	said '451 *' smtp joe@a.example joe@a.example x@far.test
	chmod 600 "$MAP"
	said '250 *' smtp joe@a.example joe@a.example x@far.test
	printf 'domain=a.example: refuse=nonsense text="' >"$MAP"
	chmod 644 "$MAP"
	said '250 *' smtp joe@a.example joe@a.example x@far.test
	rm "$MAP"
	said '250 *' smtp joe@a.example joe@a.example x@far.test
	mkdir "$MAP"
	said '250 *' smtp joe@a.example joe@a.example x@far.test
	script 5001 y@far.test
	arrives x@far.test 4
	arrives y@far.test 1
	rmdir "$MAP"
}

@test "A47, A48: hostile logins are looked up as they are, and what the map says is never expanded" {
	local login word='${run{/usr/bin/touch /tmp/expanded}}'
	"$TESTS/host/exim_host.sh" stock split
	put_in
	on_host mailguard throttle a.example --for 1h --reason test
	for login in 'joe@b.example:' '*' 'probe' '# BEGIN mailguard' '"joe"@b.example' "$word@b.example" \
		$'a@b.example\njoe' 'joe@b.example: refuse=9999999999' '}}' "$(printf 'x%.0s' {1..300})@b.example"; do
		said '250 *' smtp "$login" joe@b.example x@far.test
	done
	for login in JOE@A.EXAMPLE "$word@a.example" "}@a.example"; do
		said '451 4.7.1 mailguard: a.example may not *' smtp "$login" joe@b.example x@far.test
	done
	sed -i "s,text=.*,text=\"$word\"," "$MAP"
	said "451 4.7.1 $word" smtp joe@a.example joe@a.example x@far.test
	script 5001 y@far.test
	on_host exim4 -qf
	[ ! -e "$ROOT/tmp/expanded" ]
	rm "$MAP"
}

# tree: what --install may change.
tree() {
	(cd "$ROOT/etc/exim4" && find . -type f -exec sha256sum {} + | sort -k 2)
	sha256sum "$ROOT/var/lib/exim4/config.autogenerated"
}

for_form() { # FORM
	"$TESTS/host/exim_host.sh" stock "$1"
	tree >"$BATS_TEST_TMPDIR/before"
	put_in
	run -0 on_host mailguard rules diff exim
	[ "$output" = "" ]
	on_host mailguard throttle a.example --for 1h --reason test
	said '451 4.7.1 mailguard: a.example *' smtp joe@a.example joe@a.example x@far.test
	script 5001 y@far.test
	[ "$(on_host exim4 -bpc)" -eq 1 ]
	on_host mailguard rules remove exim
	tree | diff "$BATS_TEST_TMPDIR/before" -
	said '250 *' smtp joe@a.example joe@a.example x@far.test
}

@test "Debian's unsplit configuration: installed, enforced, removed without a trace" { for_form unsplit; }

@test "one file of configuration: likewise" { for_form whole; }

@test "Debian's split configuration: likewise" { for_form split; }

@test "A49: a configuration that Exim refuses is not installed, and nothing is changed" {
	local form
	for form in split unsplit; do
		"$TESTS/host/exim_host.sh" stock $form
		case $form in
		split) echo 'mailguard_refuses:' >>"$ROOT/etc/exim4/conf.d/acl/40_site" ;;
		unsplit) sed -i 's/^begin routers/&\nmailguard_held:\n  driver = accept/' "$ROOT/etc/exim4/exim4.conf.template" ;;
		esac
		tree >"$BATS_TEST_TMPDIR/before"
		run -3 on_host mailguard rules apply exim --install
		[[ "$output" == *"'exim4' failed with status 1"* ]]
		tree | diff "$BATS_TEST_TMPDIR/before" -
		said '250 *' smtp joe@a.example joe@a.example x@far.test
	done
	sed -i '/^mailguard_refuses:/d' "$ROOT/etc/exim4/conf.d/acl/40_site"
}

# MG_KILL says at which calls, in the words of kill_rules.py.
@test "F67: kill -9 at the system calls of apply, --install and remove leaves old or new, never half" {
	local client which
	read -ra which <<<"${MG_KILL:---points 6}"
	client=$("$TESTS/host/testhost.sh" netns cl)
	"$TESTS/host/testhost.sh" install ex strace >/dev/null 2>&1
	"$TESTS/host/exim_host.sh" stock split
	"$TESTS/fault/kill_rules.py" --daemon exim --root "$ROOT" "${which[@]}" \
		--act "throttle a.example" \
		--live "ip netns exec $client $TESTS/host/exim_mail.py joe@a.example joe@a.example x@far.test | cut -c -3" \
		--run "$TESTS/host/testhost.sh" run ex
}
