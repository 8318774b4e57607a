#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# mailguard counts in the log of a Dovecot installed just now who really logged in to it.
# Needs root, overlayfs, network namespaces and a Debian mirror.

bats_require_minimum_version 1.5.0

setup_file() {
	load ../helper
	mg_host_up dovecot
}

setup() {
	load ../helper
	[ -z "${NO_HOST-}" ] || mg_skip "$NO_HOST"
}

teardown_file() {
	load ../helper
	mg_host_down dovecot
}

@test "ordinary logins, by rsyslog" {
	MG_DIALECT=syslog mg_host_checks dovecot ordinary rsyslog
}

@test "ordinary logins, in a file of its own" {
	MG_DIALECT=dovecot mg_host_checks dovecot ordinary own
	mg_host_doctor dc '.subject == "/var/log/dovecot.log" and .dialect == "dovecot" and .trust == "daemon"'
}

@test "hostile logins" {
	MG_DIALECT=dovecot mg_host_checks dovecot hostile own-iso
}
