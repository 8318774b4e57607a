/* SPDX-License-Identifier: MIT */
/*
 * What a customer is told in English. A host that wants other words puts a file
 * of its own in their place (letter.h).
 */
#include "mailguard/letter.h"

/* What stands at the end of each. */
/* clang-format off */
#define NUMBERS                                                               \
	"\n"                                                                  \
	"Counted:     {n} in {window}; {limit} are allowed\n"                 \
	"Since:       {since}\n"                                              \
	"Until:       {until}\n"                                              \
	"Rule:        {clause} of {policy}, version {version}\n"              \
	"             {text}\n"                                               \
	"Reason:      {reason}\n"                                             \
	"Sent:        {mechanism}\n"                                          \
	"Reference:   {id}\n"
#define CONTACT                                                               \
	"\n"                                                                  \
	"Questions: please write to {contact} and name the reference.\n"

static const char warn[] =
	"Subject: Your e-mail and a limit of your contract [{id}]\n"
	"\n"
	"The e-mail of {subject}\n"
	"comes near a limit of your hosting contract, or is over it: see the numbers\n"
	"below. Nothing was stopped. If the mail is yours, please spread it over\n"
	"more time; if it is not, change the password of the mailbox and look for a\n"
	"script on the website that sends.\n"
	NUMBERS CONTACT;

static const char warning[] =
	"Subject: Please look at your e-mail [{id}]\n"
	"\n"
	"This is a warning about the e-mail of {subject}.\n"
	"Nothing was stopped.\n"
	"\n"
	"Reason:      {reason}\n"
	"Reference:   {id}\n"
	CONTACT;

static const char throttle[] =
	"Subject: Outgoing e-mail is limited for now [{id}]\n"
	"\n"
	"Outgoing e-mail of {subject}\n"
	"is limited for now. A mail program gets a temporary error and can try\n"
	"again after the time below; what a website sends is kept and goes out\n"
	"later. Nothing is lost, incoming e-mail goes on, and so does the website.\n"
	"\n"
	"If you did not send this much, somebody else did: please change the\n"
	"password of the mailbox, and look for a script on the website that sends.\n"
	NUMBERS CONTACT;

static const char hold[] =
	"Subject: Outgoing e-mail is held for now [{id}]\n"
	"\n"
	"Outgoing e-mail of {subject}\n"
	"is accepted and held for now; it goes out later, at a slower pace.\n"
	"Nothing is lost, incoming e-mail goes on, and so does the website.\n"
	NUMBERS CONTACT;

static const char block[] =
	"Subject: Too many mailbox checks from an address [{id}]\n"
	"\n"
	"The {subject}\n"
	"may not connect to the mailboxes for now, because they were checked from\n"
	"there too often. Please let your mail program look less often: every five\n"
	"minutes is enough, and many programs can wait for the server to tell them\n"
	"(IMAP IDLE).\n"
	NUMBERS CONTACT;

static const char suspend[] =
	"Subject: Outgoing e-mail is suspended [{id}]\n"
	"\n"
	"Outgoing e-mail of {subject}\n"
	"is suspended. What was waiting to be sent is kept. To have it lifted,\n"
	"please find out how the mail was sent (a stolen password, a script on the\n"
	"website, a list), put an end to that, and write to us what you did.\n"
	NUMBERS CONTACT;

static const char unsuspend[] =
	"Subject: Outgoing e-mail goes on [{id}]\n"
	"\n"
	"Outgoing e-mail of {subject}\n"
	"is no longer suspended. What was kept goes out now.\n"
	"\n"
	"Since:       {since}\n"
	"Reference:   {id}\n"
	CONTACT;

static const char terminate[] =
	"Subject: Your account is to be closed [{id}]\n"
	"\n"
	"The {subject}\n"
	"is to be closed for good, with its data. This is the final notice: you\n"
	"can object until then, and nothing is deleted while an objection is open.\n"
	NUMBERS CONTACT;

static const char contain[] =
	"Subject: A mailbox was secured [{id}]\n"
	"\n"
	"Somebody else seems to know the password of {subject}.\n"
	"Its outgoing e-mail is stopped, it gets another password that nobody\n"
	"knows, and whoever was logged in is logged out. E-mail that comes in is\n"
	"kept in the mailbox; other mailboxes and the website go on.\n"
	"\n"
	"Please look for viruses where that password was kept, set a new one that\n"
	"you use nowhere else, and write to us when you have done so.\n"
	"\n"
	"Since:       {since}\n"
	"Until:       {until}\n"
	"Reason:      {reason}\n"
	"Reference:   {id}\n"
	CONTACT;
/* clang-format on */

struct mg_slice mg_letter_english(struct mg_slice action)
{
	static const struct {
		const char *action, *text;
	} rows[] = {
		{ "warn", warn },           { "throttle", throttle },
		{ "hold", hold },           { "block", block },
		{ "suspend", suspend },     { "unsuspend", unsuspend },
		{ "terminate", terminate }, { "contain", contain },
		{ "warning", warning },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (mg_slice_is(action, mg_slice_str(rows[i].action)))
			return mg_slice_str(rows[i].text);
	return (struct mg_slice){ NULL, 0 };
}
