#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# mailguard counts in the log of a Postfix installed just now what was really sent through it.
# Needs root, overlayfs, network namespaces and a Debian mirror.

bats_require_minimum_version 1.5.0

export MG_DIALECT=postfix

setup_file() {
	load ../helper
	mg_host_up postfix
}

setup() {
	load ../helper
	[ -z "${NO_HOST-}" ] || mg_skip "$NO_HOST"
}

teardown_file() {
	load ../helper
	mg_host_down postfix
}

@test "ordinary mail, by rsyslog, short queue ids" {
	mg_host_counts postfix ordinary rsyslog
	mg_host_doctor px '.subject == "/var/log/mail.log" and .dialect == "syslog" and .trust == "shared"'
}

@test "ordinary mail, by postlogd, long queue ids" {
	mg_host_counts postfix ordinary postlogd
	# Debian 12 leaves out the set-gid bit of Postfix 3.7, without which postlog cannot write for others.
	local trust=daemon
	[ ! -g "$("$TESTS/host/postfix_host.sh" root)/usr/sbin/postlog" ] || trust=shared
	mg_host_doctor px ".subject == \"/var/log/mail.log\" and .trust == \"$trust\""
}

@test "mail through a content filter counts once" {
	mg_host_counts postfix filter rsyslog
}

@test "mail through a content filter counts once, long queue ids" {
	mg_host_counts postfix filter postlogd
}

@test "lines that come again, said to be repeated" {
	mg_host_counts postfix repeated reduced
}

@test "hostile mail" {
	mg_host_counts postfix hostile rsyslog
}
