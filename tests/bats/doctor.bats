# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2030,SC2031 # run sets output, stderr and lines; a test is a subshell
#
# mailguard doctor: what it finds on hosts of each panel, made here as trees of files.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	MAILGUARD=$MAILGUARD-test
	HOST=$BATS_TEST_TMPDIR/host
	umask 022
}

# host PANEL: a host with the tables of one, and sweeps by cron.
host() {
	cp -r "$TESTS/data/hosts/$1" "$HOST"
	chmod -R u+w,go-w "$HOST"
	mkdir -p "$HOST/var/lib"
	put /etc/cron.d/mailguard <<<'*/5 * * * * root /usr/sbin/mailguard sweep /var/log/exim_mainlog'
}

# put PATH [MODE]: a file of the host from standard input.
put() {
	mkdir -p "$(dirname "$HOST$1")"
	cat >"$HOST$1"
	chmod "${2:-644}" "$HOST$1"
}

# program PATH...: programs that are there, and may not be run.
program() {
	for path in "$@"; do
		put "$path" 755 <<<'#!/bin/sh
			echo run >&2; touch '"$BATS_TEST_TMPDIR"'/was-run'
	done
}

# log SAMPLE PATH: a log that a real server wrote.
log() {
	put "$2" 640 <"$TESTS/data/$1"
}

# doctor STATUS: examine the host; the document is in DOC.
doctor() {
	DOC=$BATS_TEST_TMPDIR/doctor.json
	run "-$1" --separate-stderr "$MAILGUARD" doctor --root "$HOST" --json
	[ -z "$stderr" ]
	printf '%s\n' "$output" >"$DOC"
	[ ! -e "$BATS_TEST_TMPDIR/was-run" ]
}

# said TOPIC SUBJECT: "LEVEL: TEXT", and "> MEND", of each finding about it.
said() {
	jq -r --arg topic "$1" --arg subject "$2" '.rows[] | select(.topic == $topic and .subject == $subject)
		| "\(.level): \(.text)", (.mend // empty | "> \(.)")' "$DOC"
}

# is TOPIC SUBJECT TEXT...: the findings about it hold each text, in this order.
is() {
	local all rest
	all=$(said "$1" "$2")
	rest=$all
	shift 2
	for text in "$@"; do
		[[ $rest == *"$text"* ]] || { printf 'no "%s" in:\n%s\n' "$text" "$all"; return 1; }
		rest=${rest#*"$text"}
	done
}

# log_is PATH DIALECT TRUST
log_is() {
	[ "$(jq -r --arg path "$1" '[.rows[] | select(.topic == "logs" and .subject == $path)] | last
		| "\(.dialect) \(.trust)"' "$DOC")" = "$2 $3" ]
}

# cpanel_host: a whole one.
cpanel_host() {
	host cpanel
	program /usr/sbin/exim /usr/sbin/dovecot
	put /etc/exim.conf <<<'primary_hostname = web7.example'
	put /etc/dovecot/dovecot.conf <<<'protocols = imap pop3'
	log exim/4.96-cpanel.log /var/log/exim_mainlog
	log dovecot/2.3-rsyslog.log /var/log/maillog
	put /var/cpanel/cpanel.config <<-'EOF'
		maxemailsperhour=200
		email_send_limits_defer_cutoff=150
		email_send_limits_max_defer_fail_percentage=60
	EOF
	put /var/cpanel/hulkd/enabled </dev/null
	put /etc/csf/csf.conf <<-'EOF'
		# Block all outgoing SMTP
		SMTP_BLOCK = "1"
		LT_POP3D = "0"
		LT_IMAPD = "60"
		RT_RELAY_LIMIT = "0"
		RT_LOCALRELAY_LIMIT = "100"
	EOF
	mkdir -p "$HOST/usr/local/cpanel/3rdparty/mailman" "$HOST/usr/local/cpanel/base/3rdparty/roundcube"
}

@test "cPanel: Exim's log can be written by users, and so can syslog's" {
	cpanel_host
	doctor 0
	is servers Exim 'ok: /usr/sbin/exim, configured in /etc/exim.conf'
	is servers Dovecot 'ok: '
	is accounts cPanel 'ok: 3 domains of 2 accounts'
	log_is /var/log/exim_mainlog exim shared
	is logs /var/log/exim_mainlog 'note: ' 'log_selector +arguments' '> ' '-arguments'
	log_is /var/log/maillog syslog shared
	is logs /var/log/maillog 'note: syslog lines of Dovecot; shared' 'logger'
	is sweeps 'to be read' 'ok: mailguard sweep /var/log/exim_mainlog' \
		'ok: mailguard sweep --dialect syslog /var/log/maillog'
	is sweeps schedule 'ok: every 5 minutes (/etc/cron.d/mailguard)'
	is rotation /var/log/exim_mainlog 'ok: ' 'cPanel'
}

@test "cPanel: its limits, csf's and cPHulk, and which is the lowest" {
	cpanel_host
	doctor 0
	is limits cPanel '200 recipients of a domain' '150 %' '60 %' 'at least 5'
	is limits cPHulk 'note: '
	is limits csf 'LT_IMAPD' '60 IMAP' 'RT_LOCALRELAY_LIMIT' '100 messages' 'SMTP_BLOCK'
	[[ $(said limits csf) != *LT_POP3D* ]]
	[[ $(said limits csf) != *RT_RELAY* ]]
	is limits lowest 'csf, at 100 an hour'
	is clients 'Mailman 2' 'note: '
	is clients Roundcube 'must not be blocked'
}

@test "a log that syslog writes: how to have one that proves more" {
	cpanel_host
	doctor 0
	is logs /var/log/maillog '> log_path = /var/log/dovecot.log in /etc/dovecot/dovecot.conf'
	put /etc/exim.conf <<<'log_file_path = syslog'
	log exim/4.96-syslog.log /var/log/maillog
	doctor 0
	is logs /var/log/maillog 'Exim and Dovecot' '> mkdir -p /var/log/journal'
	log dovecot/2.3-rsyslog.log /var/log/maillog
	put /etc/exim.conf <<<'helo_accept_junk_hosts = *
		log_selector = +smtp_mailauth'
	doctor 0
	is logs Exim 'note: helo_accept_junk_hosts' '> take' 'note: log_selector +smtp_mailauth' '> add -smtp_mailauth'
}

@test "cPanel without +arguments: nobody else writes Exim's log" {
	cpanel_host
	put /etc/exim.conf <<<'log_selector = +subject -arguments'
	grep -v ' cwd=' "$TESTS/data/exim/4.96-cpanel.log" | put /var/log/exim_mainlog 640
	doctor 0
	log_is /var/log/exim_mainlog exim daemon
	is logs /var/log/exim_mainlog 'ok: '
}

@test "what stands in a log counts for more than the configuration" {
	cpanel_host
	put /etc/exim.conf <<<'log_selector = -arguments'
	doctor 0
	log_is /var/log/exim_mainlog exim shared
}

@test "DirectAdmin: Exim's own log, limits of a day" {
	host directadmin
	program /usr/sbin/exim
	put /etc/exim.conf <<<'daemon_smtp_ports = 25'
	put /etc/virtual/limit <<<1000
	log exim/4.96-default.log /var/log/exim/mainlog
	doctor 0
	is accounts DirectAdmin 'ok: '
	log_is /var/log/exim/mainlog exim daemon
	is limits DirectAdmin '1000 messages of an account a day'
	is servers Dovecot 'note: not there'
	is rotation /var/log/exim/mainlog 'note: no rule of logrotate'
}

@test "Hestia: Debian's Exim, its limit, its rotation" {
	host hestia
	program /usr/sbin/exim4 /usr/sbin/dovecot
	put /etc/exim4/exim4.conf.template <<<'log_selector = +all'
	put /var/lib/exim4/config.autogenerated <<-'EOF'
		MAIN_LOG_SELECTOR = +tls_peerdn \
			+subject
		.ifdef MAIN_LOG_SELECTOR
		log_selector = MAIN_LOG_SELECTOR
		.endif
		log_file_path = /var/log/exim4/%slog
	EOF
	put /etc/exim4/limit.conf <<<200
	log exim/4.96-default.log /var/log/exim4/mainlog
	put /etc/dovecot/dovecot.conf <<<'!include conf.d/*.conf'
	put /etc/dovecot/conf.d/10-logging.conf <<<'log_path = /var/log/dovecot.log'
	put /etc/dovecot/conf.d/10-auth.conf <<<'login_trusted_networks = 192.0.2.0/24'
	log dovecot/2.3-own.log /var/log/dovecot.log
	put /etc/logrotate.conf <<<'weekly
		rotate 4
		include /etc/logrotate.d'
	put /etc/logrotate.d/exim4-base <<-'EOF'
		/var/log/exim4/mainlog /var/log/exim4/rejectlog
		{
			daily
			rotate 10
			postrotate
				rotate 0
			endscript
		}
	EOF
	put /etc/logrotate.d/dovecot <<<'/var/log/dovecot*.log {
		olddir /var/log/old
	}'
	doctor 0
	is accounts Hestia 'ok: '
	log_is /var/log/exim4/mainlog exim daemon
	log_is /var/log/dovecot.log dovecot daemon
	is limits Hestia '200 messages of a mailbox'
	is limits lowest 'Hestia, at 200'
	is clients Dovecot 'login_trusted_networks = 192.0.2.0/24'
	is rotation /var/log/exim4/mainlog 'ok: daily, 10 kept (/etc/logrotate.d/exim4-base)'
	is rotation /var/log/dovecot.log 'ok: weekly, 4 kept'
	is sweeps 'to be read' 'ok: mailguard sweep /var/log/exim4/mainlog' \
		'--dialect dovecot --old-dir /var/log/old /var/log/dovecot.log'
}

@test "Plesk on Red Hat: Postfix and Dovecot in one file of syslog, a journal to raise it" {
	host plesk
	program /usr/sbin/postfix /usr/sbin/dovecot /usr/sbin/rsyslogd
	put /etc/postfix/main.cf <<<'relayhost = [smtp.example]:587'
	put /etc/dovecot/dovecot.conf <<<'syslog_facility = mail'
	put /etc/rsyslog.conf <<-'EOF'
		*.info;mail.none;authpriv.none;cron.none                /var/log/messages
		mail.*                                                  -/var/log/maillog
	EOF
	log postfix/3.7-rsyslog.log /var/log/maillog
	mkdir -p "$HOST/var/log/journal"
	doctor 0
	is accounts Plesk 'ok: '
	log_is /var/log/maillog syslog shared
	is logs /var/log/maillog 'note: syslog lines of Postfix and Dovecot; shared' '> mailguard sweep --journal'
	[ "$(jq '[.rows[] | select(.topic == "logs")] | length' "$DOC")" -eq 1 ]
	is clients Postfix '[smtp.example]:587'
	is limits Plesk 'database'
}

@test "Virtualmin on Debian without rsyslog: the journal, which proves who wrote" {
	host virtualmin
	program /usr/sbin/postfix /usr/sbin/dovecot /usr/bin/journalctl
	put /etc/postfix/main.cf <<<'myhostname = web7.example'
	put /etc/dovecot/dovecot.conf <<<'protocols = imap'
	mkdir -p "$HOST/var/log/journal"
	put /etc/fail2ban/jail.conf <<-'EOF'
		[DEFAULT]
		enabled = false
		[dovecot]
		enabled = true
		[exim]
		enabled = true
		[sshd]
		enabled = true
	EOF
	put /etc/fail2ban/jail.d/mail.local <<<'[postfix-sasl]
		enabled=True
		[exim]
		enabled = false'
	put /etc/rspamd/local.d/ratelimit.conf <<<'rates { }'
	doctor 0
	is accounts Virtualmin 'ok: '
	log_is journal journal daemon
	is sweeps 'to be read' 'ok: mailguard sweep --journal'
	is limits fail2ban 'dovecot, postfix-sasl'
	[[ $(said limits fail2ban) != *sshd* ]]
	[[ $(said limits fail2ban) != *exim* ]]
	is limits rspamd '/etc/rspamd/local.d/ratelimit.conf'
	rm "$HOST/usr/bin/journalctl"
	doctor 1
	is logs journal 'trouble: there is no journalctl' '> apt-get install systemd'
}

@test "no panel: maillog_file and a set-gid postlog" {
	host plain
	program /usr/sbin/postfix /usr/sbin/postlog
	put /etc/postfix/main.cf <<-'EOF'
		# maillog_file = /var/log/other
		maillog_file =
		  /var/log/postfix.log
	EOF
	log postfix/3.7-postlogd.log /var/log/postfix.log
	doctor 0
	is accounts 'no panel' 'ok: '
	log_is /var/log/postfix.log syslog daemon
	chmod 2755 "$HOST/usr/sbin/postlog"
	doctor 0
	log_is /var/log/postfix.log syslog shared
	is logs /var/log/postfix.log 'note: ' 'set-gid' '> postconf -X maillog_file'
}

@test "Exim through syslog, included and continued configuration" {
	host plain
	program /usr/sbin/exim4
	put /etc/exim4/exim4.conf <<<'.include_if_exists /etc/exim4/log.conf'
	put /etc/exim4/log.conf <<<'log_file_path = syslog : /var/log/exim-%s-%D'
	log exim/4.96-syslog.log /var/log/mail.log
	log exim/4.96-default.log /var/log/exim-main-20261122
	doctor 0
	log_is /var/log/mail.log syslog shared
	log_is '/var/log/exim-main-*' exim daemon
	is sweeps 'to be read' "mailguard sweep '/var/log/exim-main-*'" 'mailguard sweep --dialect syslog /var/log/mail.log'
}

@test "a host of nothing: each trouble has its mend" {
	mkdir -p "$HOST/var/lib"
	doctor 1
	is servers 'mail server' 'trouble: neither Exim nor Postfix' '> '
	is accounts 'no panel' 'trouble: ' '> echo '
	is sweeps 'to be read' 'trouble: no log was found' '> '
	[ "$(jq -r '[.rows[] | select(.level == "trouble" and .mend == null)] | length' "$DOC")" -eq 0 ]
	[ "$(jq -r .worst "$DOC")" = trouble ]
}

@test "a log that others can write, that is missing, or that holds something else" {
	cpanel_host
	chmod 666 "$HOST/var/log/exim_mainlog"
	rm "$HOST/var/log/maillog"
	doctor 1
	is logs /var/log/exim_mainlog 'trouble: every user can write it' '> chmod go-w /var/log/exim_mainlog'
	is logs /var/log/maillog 'warning: not there, though Dovecot'
	chmod 660 "$HOST/var/log/exim_mainlog"
	doctor 1
	is logs /var/log/exim_mainlog 'warning: a group can write it'
	chmod 640 "$HOST/var/log/exim_mainlog"
	yes 'no such line' | head -n 100 >"$HOST/var/log/exim_mainlog"
	log dovecot/2.3-rsyslog.log /var/log/maillog
	doctor 1
	is logs /var/log/exim_mainlog 'warning: none of its last 100 lines is one of Exim' '> tail'
}

@test "a log of another form than is expected is read as what it is" {
	cpanel_host
	log exim/4.96-syslog.log /var/log/exim_mainlog
	doctor 0
	log_is /var/log/exim_mainlog syslog shared
	is sweeps 'to be read' '--dialect syslog /var/log/exim_mainlog'
}

@test "hostile lines are read in a jail, and print nothing" {
	cpanel_host
	printf '%s\n' $'2026-11-22 01:45:02 \e]0;x\a 1xUzR1-0003rl-0M <= \e[31m' >"$HOST/var/log/exim_mainlog"
	run --separate-stderr "$MAILGUARD" doctor --root "$HOST"
	[[ $output != *$'\e'* ]]
}

@test "configuration that every user can write is not believed" {
	cpanel_host
	chmod 666 "$HOST/etc/csf/csf.conf"
	doctor 1
	is servers /etc/csf/csf.conf 'warning: not taken into account' '> chmod o-w /etc/csf/csf.conf'
	[ -z "$(said limits csf)" ]
}

@test "rotation that comes before a sweep, or loses lines" {
	cpanel_host
	put /etc/logrotate.d/mail <<<'/var/log/exim_mainlog /var/log/maillog {
		hourly
		rotate 2
		copytruncate
	}'
	doctor 1
	is rotation /var/log/exim_mainlog 'warning: copytruncate in /etc/logrotate.d/mail' '> '
	sed -i /copytruncate/d "$HOST/etc/logrotate.d/mail"
	doctor 0
	is rotation /var/log/exim_mainlog 'ok: hourly, 2 kept'
	put /etc/cron.d/mailguard <<<'7 */3 * * * root mailguard sweep /var/log/exim_mainlog'
	doctor 1
	is rotation /var/log/maillog 'trouble: hourly, 2 kept' 'every 180 minutes' '> rotate 5 in /etc/logrotate.d/mail'
	sed -i 's/rotate 2/rotate 0/' "$HOST/etc/logrotate.d/mail"
	doctor 1
	is rotation /var/log/maillog 'trouble: rotated files are removed at once'
}

@test "schedules: cron in its forms, timers that are enabled and not" {
	cpanel_host
	# schedule TIME LINE: what a line of root's crontab comes to.
	schedule() {
		rm -f "$HOST/etc/cron.d/mailguard"
		put /var/spool/cron/crontabs/root <<<"$2 /usr/sbin/mailguard sweep --journal"
		doctor 0
		is sweeps schedule "ok: every $1"
	}
	schedule minute '* * * * *'
	schedule 15 '3,18,33,48 * * * *'
	schedule 60 $'17\t*\t*\t*\t*'
	schedule 60 @hourly
	schedule 120 '5 */2 * * *'
	schedule 1440 '30 4 * * *'
	put /var/spool/cron/crontabs/root <<<'@reboot mailguard sweep
		*/5 * * * * mailguard report'
	doctor 1
	is sweeps schedule 'warning: neither cron nor a timer' '> echo "* * * * * root /usr/local/sbin/mailguard sweep'
	put /usr/lib/systemd/system/mailguard-sweep.timer <<<'[Timer]
		OnCalendar=*:0/10'
	doctor 1
	is sweeps mailguard-sweep.timer 'warning: is installed and not enabled' '> systemctl enable --now'
	mkdir -p "$HOST/etc/systemd/system/timers.target.wants"
	ln -s /usr/lib/systemd/system/mailguard-sweep.timer "$HOST/etc/systemd/system/timers.target.wants/"
	doctor 0
	is sweeps schedule 'ok: every 10 minutes (/usr/lib/systemd/system/mailguard-sweep.timer)'
	rm "$HOST/etc/systemd/system/timers.target.wants/mailguard-sweep.timer"
	mkdir -p "$HOST/etc/systemd/system/multi-user.target.wants"
	ln -s /usr/lib/systemd/system/mailguard.service "$HOST/etc/systemd/system/multi-user.target.wants/"
	doctor 0
	is sweeps schedule 'ok: as soon as something is logged (/etc/systemd/system/multi-user.target.wants/mailguard.service)'
	run ! is sweeps mailguard-sweep.timer 'warning: '
}

@test "the state: whose it is, and how much of the mail nobody is charged with" {
	export MG_TEST_NOW=1795327200 # 2026-11-22 06:00 UTC, an hour behind the log
	cpanel_host
	"$MAILGUARD" sweep -q --root "$HOST" --state "$HOST/var/lib/mailguard" "$HOST/var/log/exim_mainlog"
	doctor 0
	is state "$HOST/var/lib/mailguard" 'ok: '
	is accounts 'last day' 'ok: '
	chmod 755 "$HOST/var/lib/mailguard"
	doctor 1
	is state "$HOST/var/lib/mailguard" 'warning: is open to others (mode 0755)' '> chmod 700'
	chmod 700 "$HOST/var/lib/mailguard"
	sqlite3 "$HOST/var/lib/mailguard/state.db" 'PRAGMA user_version = 1'
	doctor 1
	is state "$HOST/var/lib/mailguard/state.db" 'warning: ' 'of an older mailguard' '> sweep with the newest'
	echo none >"$HOST/var/lib/mailguard/state.db"
	doctor 1
	is state "$HOST/var/lib/mailguard/state.db" 'trouble: ' '> keep a copy'
}

@test "mail that nobody is charged with: its share and its cause" {
	cpanel_host
	for i in 1 2 3; do
		echo "2026-11-22 01:45:0$i 1xUzR$i-0003rl-0M <= x@far.test H=(x) [192.0.2.7] P=esmtpa A=login:who@gone.test S=100 for a@far.test"
	done >"$BATS_TEST_TMPDIR/mainlog"
	export MG_TEST_NOW=1795312000 # 2026-11-22 01:46:40 UTC
	"$MAILGUARD" sweep -q --root "$HOST" --state "$HOST/var/lib/mailguard" "$BATS_TEST_TMPDIR/mainlog"
	doctor 1
	is accounts 'last day' 'warning: 3 of 3 messages' '(100 %)' 'a login is in no account table' '> look whether'
}

@test "for people: by topic, aligned, a mend under its trouble" {
	cpanel_host
	rm "$HOST/etc/cron.d/mailguard"
	run -1 --separate-stderr "$MAILGUARD" doctor --root "$HOST"
	[ -z "$stderr" ]
	[ "${lines[0]}" = 'mail servers' ]
	[ "${lines[1]}" = '  ok       Exim                      /usr/sbin/exim, configured in /etc/exim.conf' ]
	[[ $output == *$'\nsweeps\n'* ]]
	[[ $output == *"warning  schedule                  neither cron nor a timer runs mailguard sweep"$'\n'"$(printf %37s '> ')echo \"* * * * * root /usr/local/sbin/mailguard sweep /var/log/exim_mainlog; /usr/local/sbin/mailguard sweep --dialect syslog /var/log/maillog\" >/etc/cron.d/mailguard"* ]]
	for line in "${lines[@]}"; do
		[[ $line == *'> '* ]] || [ ${#line} -le 110 ]
	done
}

@test "policies that are missing or wrong, and maps that no daemon reads" {
	cpanel_host
	doctor 0
	is actions /etc/mailguard/policies 'note: has no policy' '> cp /usr/local/share/mailguard/policies/hourly-limits.conf /etc/mailguard/policies/'
	put /etc/mailguard/mailguard.conf <<<'enforce = { by = [ "exim", "postfix", "nftables" ]; };'
	doctor 1
	is actions /etc/mailguard/policies 'warning: has no policy'
	is actions exim 'warning: is set' 'nobody is stopped' '> mailguard rules apply exim --install'
	[ -z "$(said actions nftables)" ]
	is actions postfix 'warning: is set' '> mailguard rules apply postfix --install'
	put /etc/postfix/main.cf <<<"smtpd_sender_restrictions = check_sasl_access pipemap:{lmdb:$HOST/etc/mailguard/maps/postfix/throttle}"
	put /etc/postfix/master.cf </dev/null
	doctor 1
	is actions postfix 'ok: its daemon was set up'
	put /etc/mailguard/policies/p.conf <"$TESTS/../etc/policies/hourly-limits.conf"
	doctor 1
	[ -z "$(said actions /etc/mailguard/policies)" ]
	put /etc/mailguard/policies/p.conf <<<'policy: { name = "p"; };'
	doctor 1
	is actions /etc/mailguard/policies 'trouble: ' '> mailguard config check'
}

@test "what doctor says to set can be set, and is what a sweep reads then" {
	cpanel_host
	rm "$HOST/etc/cron.d/mailguard"
	doctor 1
	is sweeps settings 'note: no sources are set' '> echo '
	local mend
	mend=$(said sweeps settings | sed -n 's/^> //p')
	mkdir -p "$HOST/etc/mailguard"
	(cd "$HOST" && eval "${mend/>>\//>>}")
	run -0 "$MAILGUARD" config check --root "$HOST"
	doctor 1
	is sweeps 'to be read' 'ok: mailguard sweep'
	is sweeps schedule '> echo "* * * * * root /usr/local/sbin/mailguard sweep" >/etc/cron.d/mailguard'
	(cd "$HOST" && mend=$(said sweeps schedule | sed -n 's/^> //p') && eval "${mend/>\//>}")
	doctor 0
	is sweeps schedule 'ok: every minute'
	"$MAILGUARD" sweep -q --root "$HOST"
	run -0 --separate-stderr "$MAILGUARD" status --root "$HOST" --json
	[ "$(jq -c '[.rows[] | [.source, .behind_bytes]] | sort' <<<"$output")" = '[["exim",0],["syslog",0]]' ]
}

@test "sources that are not there, and logs that are no source" {
	cpanel_host
	put /etc/mailguard/mailguard.conf <<<'sources = ( { dialect = "exim"; log = "/var/log/exim_*log"; },
		{ dialect = "postfix"; log = "/var/log/mail.log"; } );'
	doctor 1
	is sweeps /var/log/mail.log 'trouble: is set as a source, and not there' '> take it out'
	is sweeps /var/log/maillog 'warning: is not among the sources' '> add { dialect = "syslog"; log = "/var/log/maillog"; }'
	[ -z "$(said sweeps /var/log/exim_mainlog)" ]
}

@test "usage errors" {
	mkdir "$HOST"
	run -2 --separate-stderr "$MAILGUARD" doctor --root "$HOST" surplus
	[[ $stderr == *"'surplus'"* ]]
	run -4 --separate-stderr "$MAILGUARD" doctor --root "$HOST/none"
}
