# SPDX-License-Identifier: MIT
# The binary: one static file that can be copied to any Linux mail server.
bats_require_minimum_version 1.5.0

load ../helper

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || exit 1
}

# A root directory that holds the binary and nothing else.
make_empty_root() {
	[ "$(id -u)" -eq 0 ] || mg_skip 'chroot needs root'
	root=$BATS_TEST_TMPDIR/root
	mkdir "$root"
	cp build/mailguard "$root/"
}

@test "it is a static position-independent executable" {
	run -0 --separate-stderr readelf -W -h -l -d build/mailguard
	[[ $output == *'Type:'*' DYN '* ]]
	[[ $output == *'Flags: '*' PIE'* ]]
	[[ $output != *INTERP* ]]
	[[ $output != *NEEDED* ]]
	[[ $output != *TEXTREL* ]]
}

@test "relocations are read-only and resolved at the start" {
	run -0 --separate-stderr readelf -W -l -d build/mailguard
	[[ $output == *GNU_RELRO* ]]
	[[ $output == *BIND_NOW* ]]
}

@test "no segment is both writable and executable, the stack neither" {
	run -0 --separate-stderr readelf -W -l build/mailguard
	[[ $output =~ GNU_STACK\ [^$'\n']*\ RW\  ]]
	[[ $output != *' RWE '* ]]
}

@test "its own code has stack protection and fortified calls" {
	run -0 --separate-stderr nm -u build/libmailguard.a
	[[ $output == *' U __stack_chk_fail'* ]]
	[[ $output == *' U __'*snprintf_chk* ]]
}

@test "the link makes every warning of the linker fatal" {
	run -0 --separate-stderr env -u MAKEFLAGS make -nB V=1 build/mailguard
	grep -qe '-static-pie .*--fatal-warnings' <<<"$output"
}

@test "no code is loaded at run time" {
	run -0 --separate-stderr nm build/mailguard
	grep -q ' T __wrap_dlopen$' <<<"$output"
}

@test "it runs in an empty root" {
	make_empty_root
	run -0 --separate-stderr chroot "$root" /mailguard --version
	[[ $output == 'mailguard '* ]]
	[ -z "$stderr" ]
}

@test "it sweeps and reports in a root of a log and a host tree" {
	make_empty_root
	cp -r tests/data/hosts/cpanel "$root/host"
	cp tests/data/exim/demo.log "$root/"

	run -0 --separate-stderr chroot "$root" /mailguard sweep --root /host \
		--state /state --accounts cpanel --dialect exim /demo.log
	run -0 --separate-stderr chroot "$root" /mailguard report --state /state \
		--by domain --since all --format json
	[ "$(jq '.rows | length' <<<"$output")" -gt 0 ]
	inside=$output

	state=$BATS_TEST_TMPDIR/state
	run -0 --separate-stderr build/mailguard sweep \
		--root tests/data/hosts/cpanel --state "$state" --accounts cpanel \
		--dialect exim tests/data/exim/demo.log
	run -0 --separate-stderr build/mailguard report --state "$state" \
		--by domain --since all --format json
	[ "$output" = "$inside" ]
}
