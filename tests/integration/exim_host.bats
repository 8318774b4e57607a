#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# mailguard counts in the log of an Exim installed just now what was really sent through it.
# Needs root, overlayfs, network namespaces and a Debian mirror.

bats_require_minimum_version 1.5.0

setup_file() {
	load ../helper
	mg_host_up exim
}

setup() {
	load ../helper
	[ -z "${NO_HOST-}" ] || mg_skip "$NO_HOST"
}

teardown_file() {
	load ../helper
	mg_host_down exim
}

@test "ordinary mail, rich selector" {
	mg_host_counts exim ordinary rich
	mg_host_doctor ex '.subject == "/var/log/exim4/mainlog" and .dialect == "exim" and .trust == "shared"'
}

@test "ordinary mail, Debian's selector" {
	mg_host_counts exim ordinary default
	mg_host_doctor ex '.subject == "/var/log/exim4/mainlog" and .dialect == "exim" and .trust == "daemon"'
	mg_host_doctor ex '.subject == "/var/log/exim4/mainlog" and .topic == "rotation" and .level == "ok"'
}

@test "ordinary mail, cPanel's selector and identification of senders" {
	mg_host_counts exim ordinary cpanel
}

@test "hostile mail, rich selector" {
	mg_host_counts exim hostile rich
}

@test "hostile mail, Debian's selector" {
	mg_host_counts exim hostile default
}

@test "ordinary mail, through syslog in pieces" {
	MG_DIALECT=syslog mg_host_counts exim ordinary syslog
	mg_host_doctor ex '.subject == "/var/log/mail.log" and .dialect == "syslog" and .trust == "shared"'
}

@test "hostile mail, through syslog in pieces" {
	MG_DIALECT=syslog mg_host_counts exim hostile syslog
}
