/* SPDX-License-Identifier: MIT */
/*
 * Every setting, in the order in which the manual has them.
 */
#include "settings_priv.h"

#define DAY_S (24.0 * 3600)

/* As mg_account_source_parse knows them. */
static const char *const panels[] = { "cpanel", "directadmin", "plesk",
				      "hestia", "virtualmin",  "plain",
				      NULL };

/* As sweep --dialect. */
static const char *const dialects[] = { "exim",   "postfix", "dovecot",
					"syslog", "journal", NULL };

/* The names of lib/act's back ends. */
static const char *const back_ends[] = { "exim",     "postfix",  "dovecot",
					 "nftables", "iptables", "csf",
					 "egress",   NULL };

/* By enum mg_settings_checks, and by enum mg_settings_egress. */
static const char *const checks[] = { "log", "kernel", NULL };
static const char *const suspends[] = { "account", "outgoing", NULL };
static const char *const modes[] = { "observe", "refuse", NULL };

/* By enum mg_settings_exim. */
static const char *const exim_modes[] = { "maps", "native", NULL };

/* Streams of events that every local user can write to. */
static const char *const shared_logs[] = { "syslog", NULL };

#define SOURCE(f) offsetof(struct mg_settings_source, f)
#define FIELD(f) offsetof(struct mg_settings, f)
#define IN(group, f)                                                           \
	(offsetof(struct mg_settings, group.f) -                               \
	 offsetof(struct mg_settings, group))
#define TABLE(fields, type)                                                    \
	{                                                                      \
		fields, sizeof(fields) / sizeof(*(fields)), sizeof(type)       \
	}

/* clang-format off */
static const struct mg_conf_field source_fields[] = {
	{
		.name = "name", .type = MG_CONF_TEXT, .offset = SOURCE(name),
		.check = mg_settings_check_name, .example = "\"mail\"",
		.help = "What the source is called by mailguard sweep --source.",
	}, {
		.name = "dialect", .type = MG_CONF_TEXT, .offset = SOURCE(dialect),
		.words = dialects, .is_required = true, .example = "\"exim\"",
		.help = "What its lines look like, as in mailguard-sweep(8).",
	}, {
		.name = "log", .type = MG_CONF_TEXT, .offset = SOURCE(log),
		.check = mg_settings_check_path, .example = "\"/var/log/exim4/mainlog\"",
		.help = "The log, or a pattern of the shell for several. "
			"Rotated files are found without being named. "
			"It is needed for all dialects but journal, "
			"where it is an export of a journal, and left out it is the journal of the host.",
	}, {
		.name = "old_dir", .type = MG_CONF_TEXT, .offset = SOURCE(old_dir),
		.check = mg_settings_check_path, .example = "\"/var/log/archive\"",
		.help = "Where rotated logs are put, if that is neither beside the log nor in a directory there.",
	},
};
static const struct mg_conf_table source_table = TABLE(source_fields, struct mg_settings_source);

#define NUMBER(f) (offsetof(struct mg_settings, enforce.suspensions.f) - offsetof(struct mg_settings, enforce.suspensions))

static const struct mg_conf_field suspensions_fields[] = {
	{
		.name = "sweep", .type = MG_CONF_NUMBER, .offset = NUMBER(sweep),
		.max = 1000, .preset = "3",
		.help = "In a sweep, or those of a minute.",
	}, {
		.name = "day", .type = MG_CONF_NUMBER, .offset = NUMBER(day),
		.max = 10000, .preset = "10",
		.help = "In 24 hours.",
	}, {
		.name = "share", .type = MG_CONF_REAL, .offset = NUMBER(share),
		.min = 0, .max = 100, .unit = "percent", .preset = "1.0",
		.help = "Of how many of the accounts in 24 hours; one is always allowed.",
	}, {
		.name = "owner", .type = MG_CONF_NUMBER, .offset = NUMBER(owner),
		.max = 1000, .preset = "1",
		.help = "Of one owner in an hour.",
	},
};
static const struct mg_conf_table suspensions_table = TABLE(suspensions_fields, ((struct mg_settings *)0)->enforce.suspensions);

#define TERMINATIONS(f) (offsetof(struct mg_settings, enforce.terminations.f) - offsetof(struct mg_settings, enforce.terminations))

static const struct mg_conf_field terminations_fields[] = {
	{
		.name = "allowed", .type = MG_CONF_BOOL, .offset = TERMINATIONS(allowed),
		.preset = "false",
		.help = "Whether any may be carried out.",
	}, {
		.name = "approvals", .type = MG_CONF_NUMBER, .offset = TERMINATIONS(approvals),
		.min = 2, .max = 10, .preset = "2",
		.help = "How many people must approve one.",
	}, {
		.name = "grace", .type = MG_CONF_DURATION, .offset = TERMINATIONS(grace),
		.min = 14 * DAY_S, .max = 3653 * DAY_S, .preset = "\"14d\"",
		.help = "How long the account stays after its final notice was sent.",
	}, {
		.name = "sweeps", .type = MG_CONF_NUMBER, .offset = TERMINATIONS(sweeps),
		.min = 300, .max = 1000000, .preset = "300",
		.help = "How many sweeps must have seen it suspended meanwhile, of one in half a minute.",
	}, {
		.name = "day", .type = MG_CONF_NUMBER, .offset = TERMINATIONS(day),
		.max = 1000, .preset = "1",
		.help = "How many are begun in 24 hours.",
	},
};
static const struct mg_conf_table terminations_table = TABLE(terminations_fields, ((struct mg_settings *)0)->enforce.terminations);

static const struct mg_conf_field enforce_fields[] = {
	{
		.name = "by", .type = MG_CONF_TEXTS, .offset = IN(enforce, by),
		.words = back_ends, .max = 7, .example = "[ \"exim\", \"nftables\" ]",
		.help = "Who carries out what the policies say: exim, postfix, dovecot, nftables, iptables, csf, egress. "
			"Left out nothing is touched, and what is found is only reported.",
	}, {
		.name = "age", .type = MG_CONF_DURATION, .offset = IN(enforce, age),
		.min = 300, .max = DAY_S, .preset = "\"2h\"",
		.help = "How old something may be that is found in a log; of what is older nothing follows.",
	}, {
		.name = "throttles", .type = MG_CONF_NUMBER, .offset = IN(enforce, throttles),
		.max = 100000, .preset = "50",
		.help = "How many throttles and holds may be begun by sweeps in a minute. "
			"What is over waits for mailguard approve.",
	}, {
		.name = "blocks", .type = MG_CONF_NUMBER, .offset = IN(enforce, blocks),
		.max = 1000000, .preset = "1000",
		.help = "The same of blocked addresses.",
	}, {
		.name = "pace", .type = MG_CONF_NUMBER, .offset = IN(enforce, pace),
		.min = 1, .max = 1000000, .unit = "messages an hour", .preset = "200",
		.help = "How fast mail that was held goes out once its time is over, for each subject.",
	}, {
		.name = "incident", .type = MG_CONF_BOOL, .offset = IN(enforce, incident),
		.preset = "false",
		.help = "Whether mailguard unsuspend demands an incident form that is filled in.",
	}, {
		.name = "suspensions", .type = MG_CONF_GROUP, .offset = IN(enforce, suspensions), .group = &suspensions_table,
		.help = "How many suspensions the ladders of policies may begin by themselves. "
			"What is over waits for mailguard approve, and so does all that comes after it.",
	}, {
		.name = "terminations", .type = MG_CONF_GROUP, .offset = IN(enforce, terminations), .group = &terminations_table,
		.help = "What must be before an account is removed, as in mailguard-terminate(8). "
			"Of these and what a policy says the more is asked for, as it was set when the termination was begun.",
	},
};
static const struct mg_conf_table enforce_table = TABLE(enforce_fields, ((struct mg_settings *)0)->enforce);

static const struct mg_conf_field hooks_fields[] = {
	{
		.name = "folder", .type = MG_CONF_TEXT, .offset = IN(hooks, folder),
		.check = mg_settings_check_path, .preset = "\"/etc/mailguard/hooks.d\"",
		.help = "The directory of the hooks, as in mailguard-hooks(7). "
			"Nobody but root may be able to change it.",
	}, {
		.name = "limit", .type = MG_CONF_DURATION, .offset = IN(hooks, limit),
		.min = 1, .max = 3600, .preset = "\"2m\"",
		.help = "How long a hook may take; then it gets SIGTERM.",
	}, {
		.name = "grace", .type = MG_CONF_DURATION, .offset = IN(hooks, grace),
		.min = 1, .max = 600, .preset = "\"10s\"",
		.help = "How long after that it is killed, with all that it started.",
	}, {
		.name = "budget", .type = MG_CONF_DURATION, .offset = IN(hooks, budget),
		.min = 1, .max = 3600, .preset = "\"30s\"",
		.help = "After so long a sweep begins no other hook: what is new comes first, then what failed, "
			"then the question whether what is in force still is. The next sweep goes on where this one ended.",
	},
};
static const struct mg_conf_table hooks_table = TABLE(hooks_fields, ((struct mg_settings *)0)->hooks);

static const struct mg_conf_field cpanel_fields[] = {
	{
		.name = "suspend", .type = MG_CONF_WORD, .offset = IN(cpanel, suspend),
		.words = suspends, .preset = "\"account\"",
		.help = "What the hook cpanel does to an account that is to be suspended: "
			"account suspends it whole, its websites and logins too; outgoing stops its outgoing mail and nothing else.",
	}, {
		.name = "disallow", .type = MG_CONF_BOOL, .offset = IN(cpanel, disallow),
		.preset = "true",
		.help = "Whether a reseller cannot unsuspend what mailguard suspended (disallowun).",
	},
};
static const struct mg_conf_table cpanel_table = TABLE(cpanel_fields, ((struct mg_settings *)0)->cpanel);

static const struct mg_conf_field firewall_fields[] = {
	{
		.name = "ports", .type = MG_CONF_TEXTS, .offset = IN(firewall, ports),
		.max = 15, .check = mg_settings_check_port, .example = "[ \"110\", \"143\", \"993\", \"995\" ]",
		.help = "The ports that a blocked address cannot connect to. "
			"Left out they are those of POP3 and IMAP, as in the example.",
	}, {
		.name = "checks", .type = MG_CONF_WORD, .offset = IN(firewall, checks),
		.words = checks, .preset = "\"log\"",
		.help = "Who counts: log for what the policies find in the log, with an allowance for each mailbox behind an address; "
			"kernel for a limit of connections of each address on top of it, exact and at once, "
			"but blind for mailboxes: an office, or a phone that opens five connections, uses it up sooner. "
			"Of nftables only.",
	}, {
		.name = "limit", .type = MG_CONF_NUMBER, .offset = IN(firewall, limit),
		.min = 1, .max = 1000000, .unit = "connections", .preset = "30",
		.help = "How many connections the kernel lets an address make in a window.",
	}, {
		.name = "window", .type = MG_CONF_DURATION, .offset = IN(firewall, window),
		.min = 1, .max = DAY_S, .preset = "\"1h\"",
		.help = "How long that window is; it begins with the first connection.",
	}, {
		.name = "prefix6", .type = MG_CONF_NUMBER, .offset = IN(firewall, prefix6),
		.min = 48, .max = 64, .unit = "bits", .preset = "64",
		.help = "How much of an address of IPv6 is one client.",
	}, {
		.name = "size", .type = MG_CONF_NUMBER, .offset = IN(firewall, size),
		.min = 100, .max = 2000000, .unit = "addresses", .preset = "65536",
		.help = "How many addresses of each family can be blocked. "
			"Of more, those that are blocked the longest are.",
	},
};
static const struct mg_conf_table firewall_table = TABLE(firewall_fields, ((struct mg_settings *)0)->firewall);

static const struct mg_conf_field egress_fields[] = {
	{
		.name = "mode", .type = MG_CONF_WORD, .offset = IN(egress, mode),
		.words = modes, .preset = "\"observe\"",
		.help = "What becomes of a connection to a mail server elsewhere that another user than these opens: "
			"observe counts it, refuse refuses it, too.",
	}, {
		.name = "ports", .type = MG_CONF_TEXTS, .offset = IN(egress, ports),
		.max = 15, .check = mg_settings_check_port, .example = "[ \"25\", \"465\", \"587\" ]",
		.help = "The ports there. "
			"Left out it is 25; newsletter software of customers may rightly use 465 and 587.",
	}, {
		.name = "users", .type = MG_CONF_TEXTS, .offset = IN(egress, users),
		.max = 64, .check = mg_settings_check_name, .example = "[ \"root\", \"Debian-exim\" ]",
		.help = "Who may. "
			"Left out they are root and the users that mail servers run as on this host.",
	},
};
static const struct mg_conf_table egress_table = TABLE(egress_fields, ((struct mg_settings *)0)->egress);

static const struct mg_conf_field notices_fields[] = {
	{
		.name = "admins", .type = MG_CONF_TEXTS, .offset = IN(notices, admins),
		.max = 32, .check = mg_settings_check_address, .example = "[ \"postmaster@example.com\" ]",
		.help = "Who gets mail about each action, and a digest a day. "
			"Left out nobody does.",
	}, {
		.name = "customers", .type = MG_CONF_BOOL, .offset = IN(notices, customers),
		.preset = "false",
		.help = "Whether the contact of the account, and that of its owner, get a letter about each action too. "
			"Their addresses are the panel's, or those of /etc/mailguard/contacts.",
	}, {
		.name = "from", .type = MG_CONF_TEXT, .offset = IN(notices, from),
		.check = mg_settings_check_address, .example = "\"mailguard@example.com\"",
		.help = "Whom the mail is from; what cannot be delivered comes back there. "
			"Left out it is root of this host.",
	}, {
		.name = "contact", .type = MG_CONF_TEXT, .offset = IN(notices, contact),
		.example = "\"support@example.com\"",
		.help = "Where customers are told to ask.",
	}, {
		.name = "digest", .type = MG_CONF_TEXT, .offset = IN(notices, digest),
		.check = mg_settings_check_digest, .preset = "\"07:00\"",
		.help = "When the digest is sent, in the zone of the host; never for none.",
	}, {
		.name = "language", .type = MG_CONF_TEXT, .offset = IN(notices, language),
		.check = mg_settings_check_language, .preset = "\"en\"",
		.help = "Of the letters: a directory of templates.",
	}, {
		.name = "templates", .type = MG_CONF_TEXT, .offset = IN(notices, templates),
		.check = mg_settings_check_path, .preset = "\"/etc/mailguard/letters\"",
		.help = "Where the letters of this host are, in LANGUAGE/ACTION.txt, as in mailguard-notice(8). "
			"For what is not there the English ones of mailguard are taken.",
	}, {
		.name = "per_hour", .type = MG_CONF_NUMBER, .offset = IN(notices, per_hour),
		.min = 1, .max = 100000, .unit = "messages", .preset = "60",
		.help = "How many go out in an hour; what is over waits, for a day at most. "
			"Where customers get letters, half of them are the administrators' and half the customers'.",
	}, {
		.name = "per_day", .type = MG_CONF_NUMBER, .offset = IN(notices, per_day),
		.min = 1, .max = 1000, .unit = "letters", .preset = "10",
		.help = "How many letters one customer or owner gets in a day; more are not sent. "
			"That something is suspended, goes on or is to be terminated is always told.",
	},
};
static const struct mg_conf_table notices_table = TABLE(notices_fields, ((struct mg_settings *)0)->notices);

static const struct mg_conf_field retention_fields[] = {
	{
		.name = "hours", .type = MG_CONF_DURATION, .offset = IN(retention, hours),
		.min = 60 * DAY_S, .max = 3653 * DAY_S, .preset = "\"400d\"",
		.help = "How long the counts of an hour are kept, behind the last hour that was counted. "
			"A sweep takes away what is older, a million counts at a time.",
	}, {
		.name = "evidence", .type = MG_CONF_DURATION, .offset = IN(retention, evidence),
		.min = DAY_S, .max = 3653 * DAY_S, .preset = "\"90d\"",
		.help = "How long bundles of evidence are kept. "
			"Those that are held, and those of actions that are in force, stay longer.",
	},
};
static const struct mg_conf_table retention_table = TABLE(retention_fields, ((struct mg_settings *)0)->retention);

static const struct mg_conf_field drift_fields[] = {
	{
		.name = "unknown", .type = MG_CONF_REAL, .offset = IN(drift, unknown),
		.min = 0.001, .max = 100, .unit = "percent", .preset = "0.1",
		.help = "Above which share of a mail server's lines that are of no known kind a sweep warns and leaves a mark.",
	},
};
static const struct mg_conf_table drift_table = TABLE(drift_fields, ((struct mg_settings *)0)->drift);

static const struct mg_conf_field exim_fields[] = {
	{
		.name = "logwrite", .type = MG_CONF_TEXTS, .offset = IN(exim, logwrite),
		.max = 64, .check = mg_settings_check_logwrite, .example = "[ \"greylist: \" ]",
		.help = "What the lines begin with that the site's own logwrite makes Exim write, behind the date and the message id. "
			"They are counted as known.",
	}, {
		.name = "mode", .type = MG_CONF_WORD, .offset = IN(exim, mode),
		.words = exim_modes, .preset = "\"maps\"",
		.help = "Who counts what is sent: maps for the sweeps, which tell Exim whom to stop; "
			"native for Exim itself on top of that, at each recipient and without any sweep. "
			"After a change of it, or of a policy, run mailguard rules apply exim --install.",
	},
};
static const struct mg_conf_table exim_table = TABLE(exim_fields, ((struct mg_settings *)0)->exim);

static const struct mg_conf_field fields[] = {
	{
		.name = "accounts", .type = MG_CONF_TEXT, .offset = FIELD(accounts),
		.words = panels, .example = "\"plain\"",
		.help = "Where it is written who owns what, as in mailguard(8). "
			"Left out it is the first of these that the host has.",
	}, {
		.name = "state", .type = MG_CONF_TEXT, .offset = FIELD(state),
		.check = mg_settings_check_path, .preset = "\"/var/lib/mailguard\"",
		.help = "The state directory. "
			"Its parent must exist.",
	}, {
		.name = "sources", .type = MG_CONF_GROUPS, .offset = FIELD(sources), .group = &source_table,
		.help = "What a sweep reads that is told no log. "
			"Several are parted by a comma.",
	}, {
		.name = "enforce", .type = MG_CONF_GROUP, .offset = FIELD(enforce), .group = &enforce_table,
		.help = "What mailguard may do to the host.",
	}, {
		.name = "hooks", .type = MG_CONF_GROUP, .offset = FIELD(hooks), .group = &hooks_table,
		.help = "The executables of the site that change its control panel.",
	}, {
		.name = "cpanel", .type = MG_CONF_GROUP, .offset = FIELD(cpanel), .group = &cpanel_table,
		.help = "What the hook for cPanel does.",
	}, {
		.name = "maps", .type = MG_CONF_TEXT, .offset = FIELD(maps),
		.check = mg_settings_check_path, .preset = "\"/etc/mailguard/maps\"",
		.help = "The directory of the files that mail servers read. "
			"Its parent must exist.",
	}, {
		.name = "protected", .type = MG_CONF_TEXTS, .offset = FIELD(protect),
		.max = 10000, .check = mg_settings_check_subject, .example = "[ \"account:bob\", \"owner:rita\" ]",
		.help = "Whom no policy suspends by itself, and whatever belongs to them; it waits for mailguard approve instead.",
	}, {
		.name = "trust", .type = MG_CONF_TEXTS, .offset = FIELD(trust),
		.max = 1, .words = shared_logs, .example = "[ \"syslog\" ]",
		.help = "Logs from which suspensions may follow though every local user can write to them.",
	}, {
		.name = "exempt", .type = MG_CONF_TEXTS, .offset = FIELD(exempt),
		.max = 10000, .check = mg_settings_check_network, .example = "[ \"192.0.2.0/24\", \"2001:db8::/32\" ]",
		.help = "Addresses and networks that are never blocked: webmail, monitoring, offices.",
	}, {
		.name = "exempt_private", .type = MG_CONF_BOOL, .offset = FIELD(exempt_private),
		.preset = "true",
		.help = "Whether addresses of private networks are never blocked either, such as 10.0.0.0/8 and fc00::/7: "
			"a proxy, a container, a customer of a VPN.",
	}, {
		.name = "firewall", .type = MG_CONF_GROUP, .offset = FIELD(firewall), .group = &firewall_table,
		.help = "How addresses are blocked by nftables, iptables and csf.",
	}, {
		.name = "egress", .type = MG_CONF_GROUP, .offset = FIELD(egress), .group = &egress_table,
		.help = "Who may open connections to mail servers elsewhere.",
	}, {
		.name = "notices", .type = MG_CONF_GROUP, .offset = FIELD(notices), .group = &notices_table,
		.help = "Who gets mail about what is done.",
	}, {
		.name = "weblogs", .type = MG_CONF_TEXTS, .offset = FIELD(weblogs),
		.max = 16, .check = mg_settings_check_weblog, .example = "[ \"/var/log/apache2/%d.log\" ]",
		.help = "Access logs of the web server, in which requests near the mail of a script are looked for: "
			"%d stands for a domain, %u for an account. "
			"Left out they are where the control panel has them.",
	}, {
		.name = "retention", .type = MG_CONF_GROUP, .offset = FIELD(retention), .group = &retention_table,
		.help = "How long counts and evidence are kept.",
	}, {
		.name = "drift", .type = MG_CONF_GROUP, .offset = FIELD(drift), .group = &drift_table,
		.help = "When the lines of a log are no longer those that are known.",
	}, {
		.name = "exim", .type = MG_CONF_GROUP, .offset = FIELD(exim), .group = &exim_table,
		.help = "What is special about Exim here.",
	},
};
const struct mg_conf_table mg_settings_table = TABLE(fields, struct mg_settings);
/* clang-format on */
