/* SPDX-License-Identifier: MIT */
/*
 * limits - every maximum that input can reach, on one page.
 *
 * Each has its unit, why it is what it is, and what happens there.
 */
#ifndef MAILGUARD_LIMITS_H
#define MAILGUARD_LIMITS_H

/*
 * A log line. Exim writes at most LOG_BUFFER_SIZE (8 KiB as shipped, settable
 * at build time), syslog less. A longer line is an event of its own, skipped
 * to its newline. Twice as much would do no harm, half would reach what a
 * large LOG_BUFFER_SIZE writes. Bytes.
 */
#define MG_LINE_MAX 65536

/*
 * Lines are read through a window of this many bytes. Larger ones leave the
 * second-level cache and were slower, smaller ones cost more system calls.
 */
#define MG_READ_BYTES (256 * 1024)

/*
 * Bytes of log between two commits. A crash costs at most this much work again,
 * less than a second; each commit costs two fsyncs (5 ms each on a slow disk), and every
 * row that the bytes before touched as well is written again.
 */
#define MG_CHUNK_BYTES (128 * 1024 * 1024)

/*
 * Counts of an origin in a slot that are gathered before a commit, whatever the
 * bytes: some 300 bytes of memory each, here and in the parent. Five times as
 * many saved a large first sweep a sixth of its time and cost it 35 MB.
 */
#define MG_CHUNK_CELLS 24576

/*
 * Checks of an address in a slot that are gathered before a commit; some 130
 * bytes of memory each. Without this limit, logins from many addresses took the
 * parser 30 MB more for the same time.
 */
#define MG_CHUNK_CHECKS 65536

/*
 * Bytes of log that one of several processes counts at a time. What a part
 * cannot know of what came before it costs the first process time, about the
 * same for each part; twice as many bytes would cost each process more memory,
 * and the parts of a busy hour are told at MG_CHUNK_CELLS anyway.
 */
#define MG_PART_BYTES (16 * 1024 * 1024)

/*
 * Processes that read a log, some 20 MB of memory each. Where nobody says how
 * many it is one below so many bytes, which one reads in a fraction of a
 * second, and above them as many as there are cores, up to the second number.
 */
#define MG_PROCESSES_MAX 8
#define MG_PROCESSES_UNASKED 4
#define MG_PROCESSES_BYTES (64 * 1024 * 1024)

/*
 * Messages in flight (accepted, not completed). A full queue of a large host
 * is some 100,000. The oldest is forgotten first; its later deliveries count
 * for nobody, which the sweep reports. About 160 bytes each.
 */
#define MG_FLIGHT_MAX 1000000

/* Seconds a message may be in flight; Exim gives up after 4 days as shipped. */
#define MG_FLIGHT_AGE_S (30 * 86400)

/*
 * What a line may say of one message. Any local user can write a line of
 * Postfix: sums of a chunk stay below 2^62 (record.c), or the log would never
 * be swept again. Bytes, and recipients; Postfix's own limits are 10 MB and 1000
 * as shipped (message_size_limit, smtpd_recipient_limit). Above these the line
 * is odd.
 */
#define MG_MESSAGE_BYTES_MAX (INT64_C(1) << 40)
#define MG_MESSAGE_RECIPIENTS_MAX 1000000

/*
 * Things noted of the recipients of a message: each one whose arrival line has
 * no complete list, each that was put off. Above it, each final delivery line
 * counts, so it must hold two notes for every address that a line of 8 KiB can
 * list (1,170 of 6 bytes and a blank), or those would count twice.
 */
#define MG_TRACKED_MAX 2500

/*
 * Recipients of a submission that may be a forward: Sieve redirects to one
 * address at a time. More would let a script send more under one inbound
 * message, whose Message-ID anybody can repeat.
 */
#define MG_FORWARD_RECIPIENTS 1

/*
 * Submissions that one inbound message may explain as forwards of itself. A
 * Sieve script rarely redirects to more than one address, and Dovecot stops at
 * four (sieve_max_redirects). Twice as many would let a spammer send twice as
 * much under one inbound message.
 */
#define MG_FORWARDS_MAX 4

/*
 * Messages in flight that one Message-ID finds; more are counted, but explain
 * no forward. A stranger chooses it, and 100,000 of one made every sweep take
 * 17 s. A post to a list comes in once for each local subscriber.
 */
#define MG_SAME_MESSAGE_ID_MAX 64

/*
 * Seconds within which a cwd= line belongs to the local submission that comes
 * after it; a script may take its time to write the message.
 */
#define MG_CWD_AGE_S 60

/*
 * Seconds of a slot, in which counts are kept for the last two hours: what is
 * allowed "in any hour" is looked at each time one closes, so it never counts
 * more than an hour and is late by less than a slot. A quarter of it would
 * quadruple the rows, twice as much be late by ten minutes. Every zone's hours
 * start at a multiple of it.
 */
#define MG_SLOT_S 300
#define MG_SLOTS_KEPT_S 7200

/*
 * Recipients from which on a message is kept one by one (larges.h), and how many
 * sizes and subject lines of such messages an origin has in a slot; what comes
 * above is kept without its subject line, as one of fewer recipients. A quarter
 * of the first would make a row of nearly every message; the second is a message
 * to many every second, all of them different, and 30 bytes each.
 */
#define MG_LARGE_MIN 10
#define MG_LARGE_ROWS_MAX 256

/* Such rows that are gathered before a commit; some 60 bytes of memory each. */
#define MG_CHUNK_LARGES 65536

/*
 * Distinct origins that one sweep can meet by name, about 100 bytes each.
 * Sender domains are remembered between two commits while they are no more than
 * the second number, and those of one commit are always fewer than the third.
 */
#define MG_ORIGINS_MAX 4000000
#define MG_SENDERS_KEPT 65536
#define MG_SENDERS_MAX 1000000

/*
 * Names of a kind (mailboxes, scripts, forwarders) that an account has in a
 * state; what comes above is its "*". A stranger makes up forwarders where an
 * account takes mail for any name, a customer directories. Twice as much lets
 * an account make 30 MB of a state; half could put the mailboxes of a large
 * university together.
 */
#define MG_NAMES_MAX 100000

/*
 * Sender domains of an hour by name, this host's own apart; the others are "*".
 * Strangers choose them. A host of 100,000 messages an hour sees some
 * thousands; twice as much lets a flood add 30 MB a day.
 */
#define MG_SENDERS_HOUR_MAX 10000

/*
 * Failed tries that one line of Dovecot stands for. A client has three minutes
 * and waits two seconds or more after each, where auth_failure_delay was not
 * set to 0. Twice as many would let a forged line do more harm.
 */
#define MG_DOVECOT_ATTEMPTS_MAX 10000

/*
 * Rows of logins (hour, address, login) that an hour has, and of addresses that
 * failed to log in; what comes above it is kept under no address. A row costs a
 * stranger who has a /64 one failed login, and the state some 40 bytes. A host
 * with 5,000 mailboxes needs some 20,000 an hour.
 */
#define MG_CHECK_ROWS_MAX 200000

/*
 * Those of one /64 of IPv6 in an hour of which half the rows are taken. An
 * office has some dozens of machines in its network; twice as many would make
 * the 100,000 rows last for 200 networks, not 400.
 */
#define MG_CHECK_NET_ROWS_MAX 256

/*
 * Shapes of lines that nobody understood, of one chunk of log, and so kept by
 * a sweep. A new version of a daemon changes a few statements; whoever may
 * write lines can make any number. Those that find no room count together.
 */
#define MG_SHAPES_MAX 64

/* The same for the state, of one source, over all time. Rows. */
#define MG_SHAPE_ROWS_MAX 1024

/* Logs that one sweep may be given, or a pattern may match. */
#define MG_LOGS_MAX 4096

/*
 * Rotated files of one log that a sweep looks at, newest first, to find the
 * ones it is after. A host that rotates every hour and is swept once a day
 * needs 24; each costs a read of 2 KiB, or a child that unpacks 64 KiB.
 */
#define MG_GENERATIONS_MAX 64

/*
 * Logs of a source that are known again; beyond it the ones that were not
 * seen for longest are forgotten, and would be new. Ten that rotate every day
 * fill it in more than a year.
 */
#define MG_LOGS_KNOWN 4096

/* Bytes of a log in which its first stamp is looked for. */
#define MG_PEEK_BYTES 65536

/* How much of the end of a log `doctor` has looked at; a thousand lines or
   so, read in a moment. Bytes. */
#define MG_TASTE_BYTES (256 * 1024)

/* Bytes of an account table; 264,000 domains are about 10 MB. */
#define MG_TABLE_MAX (64 * 1024 * 1024)

/*
 * Bytes of a table that a panel keeps for each user; 10,000 domains of one user
 * are some 4 MB in Hestia.
 */
#define MG_USER_TABLE_MAX (16 * 1024 * 1024)

/* Bytes of a path in a panel's tables: a directory, a user, a domain. */
#define MG_PANEL_PATH_MAX 1024

/*
 * Files of a panel's tables, and hosted domains with all aliases. DirectAdmin
 * has two files a user, Virtualmin one a domain. About 200 bytes each; a panel
 * with twice as many is not one host.
 */
#define MG_TABLE_FILES_MAX 2000000
#define MG_DOMAINS_MAX 4000000

/*
 * How often the tables are read again because they changed under the reader.
 * A panel that works through a batch of accounts writes for minutes.
 */
#define MG_TABLE_TRIES 3

/*
 * Series of numbers of journals that are remembered. A host begins a new one
 * when its journal is made anew, so that a hundred are years. 40 bytes each.
 */
#define MG_JOURNAL_SERIES_MAX 256

/*
 * A stream that cannot be read at an offset is taken up in pieces of this many
 * bytes, in memory. Larger ones cost more memory, smaller ones more forks; each
 * is at least a transaction. An entry may be longer than one, but not than the
 * second number, which is what journald would not write either.
 */
#define MG_STREAM_BYTES ((int64_t)32 << 20)
#define MG_STREAM_ENTRY_MAX ((int64_t)1 << 30)

/*
 * Configuration, of people who may do as they like; beyond it a file is taken
 * for something else that was named by mistake. Bytes of a file; groups within
 * groups; settings of a group; elements of a list; mistakes that are shown, the
 * rest is counted.
 */
#define MG_CONF_BYTES_MAX (1024 * 1024)
#define MG_CONF_DEPTH_MAX 16
#define MG_CONF_NAMES_MAX 256
#define MG_CONF_LIST_MAX 4096
#define MG_CONF_MISTAKES_MAX 100

/* Fields of a table of settings: bits of a number. */
#define MG_CONF_FIELDS_MAX 64

/* Bytes of the name of an origin: a mailbox, a directory, a user, a reason. */
#define MG_ORIGIN_NAME_MAX 320

#endif
