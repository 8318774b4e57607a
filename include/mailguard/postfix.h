/* SPDX-License-Identifier: MIT */
/*
 * postfix - what the text of a Postfix line says.
 *
 * A text is hostile: logins, AUTH=, senders, recipients, Message-IDs, HELO
 * names and replies of remote servers were chosen by customers and strangers,
 * and may imitate any field. What is trusted of a line is what Postfix writes
 * before the first of them, or where only its own words can stand at the end,
 * so fields are cut from the left, and from the right where the tail is fixed:
 *
 * - client=: Postfix quotes nothing. A login may hold ", sasl_sender="; a login
 *   with a comma or a blank makes the line odd. sasl_sender= is the client's
 *   AUTH= parameter as it came (a quoted string may hold blanks), so nothing
 *   behind it is read: it could fake orig_queue_id=. It does not make the line
 *   odd, or any customer could escape by sending AUTH=x.
 * - to=, orig_to=: up to 3.4, and with info_log_address_format = internal,
 *   addresses are written without quotes and can spell the rest of the line.
 *   That changes the outcome of the customer's own odd recipient and nothing
 *   else; from 3.5 quotes settle it.
 * - from=<..>, size=, nrcpt= and status=expired: only Postfix's own words come
 *   behind the sender, so they are cut from the right and are never ambiguous.
 * - reject: and its kin: only what stands before the reply is read.
 *
 * A line of known kind that departs from its order is marked is_odd: it still
 * counts, but nobody is charged for it.
 *
 * What is easily got wrong: the time in a long queue id may have the
 * digit z, the inode may not (mail_queue.h: MQID_FIND_LG_INUM_SEPARATOR looks
 * for the last z); conn_use=, delays= and dsn= may be missing (old
 * versions); status= has undeliverable-but-not-cached too; a message that
 * expires has no delivery line of its own; NOQUEUE: client= is written where
 * smtpd_proxy_filter is in use, and is then the only line with the login.
 *
 * Source: Postfix's smtpd.c (mail_open_stream), smtpd_sasl_proto.c
 * (smtpd_sasl_mail_log), smtpd_sasl_glue.c, pickup.c, qmgr_active.c,
 * log_adhoc.c; logs of 3.7 and 3.10; older shapes after published logs.
 */
#ifndef MAILGUARD_POSTFIX_H
#define MAILGUARD_POSTFIX_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/slice.h"

/*
 * Bytes of a queue id: 5 and 16 hexadecimal digits, or 6 and 4 of base 52, a z
 * and 12 of base 51, for a 64-bit inode.
 */
#define MG_POSTFIX_ID_MAX 23

enum mg_postfix_kind {
	/* Lines that change a count. */
	MG_POSTFIX_CLIENT,       /* smtpd: a message begins */
	MG_POSTFIX_PICKUP,       /* pickup: a local one */
	MG_POSTFIX_MESSAGE_ID,   /* cleanup */
	MG_POSTFIX_QUEUED,       /* qmgr, and again at every retry */
	MG_POSTFIX_DELIVERY,     /* status=sent */
	MG_POSTFIX_DEFERRAL,     /* status=deferred, SOFTBOUNCE */
	MG_POSTFIX_FAILURE,      /* status=bounced, expired */
	MG_POSTFIX_EXPIRED,      /* qmgr: what is still deferred failed */
	MG_POSTFIX_NOTIFICATION, /* bounce: another message was made of it */
	MG_POSTFIX_REMOVED,      /* the id may be used again */
	MG_POSTFIX_CANCELED,     /* cleanup (3.10): it never was queued */
	/* Lines that are known and change none. */
	MG_POSTFIX_PROBE,       /* address verification: deliverable, un- */
	MG_POSTFIX_NOTE,        /* anything else about a message */
	MG_POSTFIX_AUTH_FAILED, /* a failed SMTP login */
	MG_POSTFIX_REJECTED,    /* refused or thrown away */
	MG_POSTFIX_CONNECTION,  /* connections opened, closed, lost */
	MG_POSTFIX_STATISTICS,  /* anvil, scache */
	MG_POSTFIX_DAEMON,      /* start, stop, warnings */
	MG_POSTFIX_FOREIGN,     /* of a program that is not Postfix's */
	MG_POSTFIX_OTHER,       /* words of no known shape */
	MG_POSTFIX_KINDS        /* how many there are */
};

/* What a daemon may write about a message. */
enum mg_postfix_role {
	MG_POSTFIX_ROLE_SMTPD,
	MG_POSTFIX_ROLE_PICKUP,
	MG_POSTFIX_ROLE_CLEANUP,
	MG_POSTFIX_ROLE_QMGR,
	MG_POSTFIX_ROLE_BOUNCE,
	MG_POSTFIX_ROLE_AGENT,   /* delivers */
	MG_POSTFIX_ROLE_ADMIN,   /* nothing, but that it was removed */
	MG_POSTFIX_ROLE_FOREIGN, /* no daemon of Postfix's */
};

/*
 * A host as Postfix writes it: NAME[IP] and perhaps :PORT. "unknown" for name
 * or address is left empty.
 */
struct mg_postfix_host {
	struct mg_slice name; /* a client's is verified by DNS */
	struct mg_slice ip;   /* a valid address */
	unsigned port;        /* 0 when the line has none */
};

/*
 * A line. Slices point into the text and are empty where the field is missing;
 * only the fields of its kind are set. Addresses are without <>, as written.
 */
struct mg_postfix_line {
	enum mg_postfix_kind kind;
	struct mg_slice id; /* empty where the line has none, or NOQUEUE */
	bool is_noqueue;    /* NOQUEUE stood in its place */
	bool is_odd;        /* the order of fields was broken */

	/* CLIENT, AUTH_FAILED, REJECTED, CONNECTION; the relay of deliveries */
	bool has_host; /* a host was written, be it unknown[unknown] */
	struct mg_postfix_host host;

	/* CLIENT, AUTH_FAILED (method and login only) */
	struct mg_slice method;   /* sasl_method= */
	struct mg_slice login;    /* sasl_username= */
	struct mg_slice mailauth; /* sasl_sender= to the end; hostile */
	bool has_original_host;
	struct mg_postfix_host original_host; /* orig_client= */
	/*
	 * The message that came as this one: orig_queue_id= of CLIENT (said by
	 * a host that may use XFORWARD), orig_id= of PICKUP (requeued by
	 * postsuper -r).
	 */
	struct mg_slice original_id;

	/* PICKUP, QUEUED, EXPIRED */
	uint32_t uid;           /* of PICKUP */
	struct mg_slice sender; /* empty for a bounce */
	uint64_t size_bytes;    /* of QUEUED, as the next */
	uint32_t n_recipients;

	/* MESSAGE_ID, without angle brackets where it has both */
	struct mg_slice message_id;
	bool is_resent; /* resent-message-id= */

	/* DELIVERY, DEFERRAL, FAILURE, PROBE */
	struct mg_slice address;  /* to= */
	struct mg_slice original; /* orig_to= */
	struct mg_slice relay;    /* whole: also "none", "local", "dovecot" */
	struct mg_slice dsn;      /* X.Y.Z */
	struct mg_slice status;   /* the word */
	struct mg_slice text;     /* inside the parentheses; also of REJECTED */

	/*
	 * The message that this one went on as: NOTIFICATION; "queued as ID"
	 * at the end of a DELIVERY (the other server's word: trust it for a
	 * relay on this host only); "forwarded as ID" of local.
	 */
	struct mg_slice next_id;
};

/* What a kind is called in output: "client", "auth-failed". */
const char *mg_postfix_kind_name(enum mg_postfix_kind kind);

/* Whether the whole slice is a queue id, short or long. NOQUEUE is none. */
bool mg_postfix_id_is_valid(struct mg_slice s);

/* The role of a daemon by its name: "smtpd", "qmgr" (mg_envelope_daemon). */
enum mg_postfix_role mg_postfix_role(struct mg_slice service);

/*
 * mg_postfix_parse - what a text says.
 *
 * role     in   of the daemon that wrote it
 * text     in   behind the tag; without "message repeated", any bytes
 * out      out  always filled; slices point into text
 *
 * Never fails: a text that is not understood is one of the last kinds. A shape
 * counts only from the daemons that write it.
 * Cost: linear in the text.
 */
void mg_postfix_parse(enum mg_postfix_role role, struct mg_slice text,
		      struct mg_postfix_line *out);

/*
 * mg_postfix_quick - the same of a text of one of the commonest shapes.
 *
 * Returns false for any other text; out is undefined then. Otherwise it has
 * what decides a count, and is not odd; all that is set: kind and id; method,
 * login, address and original_id of a CLIENT; uid and original_id of a PICKUP;
 * message_id and is_resent; sender, size_bytes and n_recipients of QUEUED;
 * address, original, relay with its host, dsn, status and text of a delivery.
 */
bool mg_postfix_quick(enum mg_postfix_role role, struct mg_slice text,
		      struct mg_postfix_line *out);

#endif
