# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# The page that report makes: whole, closed to the outside, and safe whatever a
# log says.

bats_require_minimum_version 1.5.0

load ../helper

setup_file() {
	export STATE=$BATS_FILE_TMPDIR/state
	mg_swept demo.log
}

setup() {
	PAGE=$BATS_TEST_TMPDIR/page.html
}

# page OPTION...: make PAGE, of STATE or, where it is set, OTHER.
page() {
	"$MAILGUARD" report --state "${OTHER:-$STATE}" --utc --format html -o "$PAGE" "$@"
}

# look FILTER: what a program of Python sees of PAGE as `page`, every tag as (name, attributes) in `tags`, and the text
# outside of the style in `text`; fails unless all tags are closed in order.
look() {
	python3 - "$PAGE" "$1" <<-'PYTHON'
		import sys
		from html.parser import HTMLParser

		VOID = {"meta", "br", "rect", "line", "path"}

		class Look(HTMLParser):
		    def __init__(self):
		        super().__init__()
		        self.tags, self.open, self.text = [], [], ""

		    def handle_starttag(self, tag, attributes):
		        self.tags.append((tag, dict(attributes)))
		        if tag not in VOID or (tag == "rect" and not self.get_starttag_text().endswith("/>")):
		            self.open.append(tag)

		    def handle_startendtag(self, tag, attributes):
		        self.tags.append((tag, dict(attributes)))

		    def handle_endtag(self, tag):
		        assert self.open.pop() == tag, tag

		    def handle_data(self, data):
		        if self.open[-1:] != ["style"]:
		            self.text += data

		page = open(sys.argv[1], encoding="ascii").read()
		parser = Look()
		parser.feed(page)
		assert parser.open == [], parser.open
		tags, text = parser.tags, parser.text
		assert eval(sys.argv[2]), sys.argv[2]
	PYTHON
}

@test "the policy of a page names its own style sheet, and nothing else" {
	page
	local hash
	hash=$(python3 - "$PAGE" <<-'PYTHON'
		import base64, hashlib, re, sys

		style = re.search("<style>(.*?)</style>", open(sys.argv[1]).read(), re.S)[1]
		print(base64.b64encode(hashlib.sha256(style.encode()).digest()).decode())
	PYTHON
	)
	echo "MG_HTML_STYLE_HASH is to be sha256-$hash"
	grep -qF "content=\"default-src 'none'; style-src 'sha256-$hash'; base-uri 'none'; form-action 'none'\"" "$PAGE"
	look 'not any("style" in a or any(k.startswith("on") for k in a) for _, a in tags)'
	look 'not {t for t, _ in tags} & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a", "use"}'
	run ! grep -E 'https?:|//|url\(|@import' "$PAGE"
}

@test "a page has sums, plots with names for those who do not see them, and the table" {
	page
	look '"<!DOCTYPE html>\n<html lang=\"en\">" in page'
	look 'sum(t == "svg" and a.get("role") == "img" for t, a in tags) >= 3'
	look 'all("aria-labelledby" in a for t, a in tags if t == "svg" and a.get("role") == "img")'
	look 'sum(t == "rect" and a.get("class") in ("good", "none") and "y" in a for t, a in tags) == 7 * 24'
	look 'sum(t == "th" and a.get("scope") == "row" for t, a in tags) == 4'
	look '"Mail by domain" in text and "2026-11-22 04:00 to 05:00 UTC" in text and "718" in text'
	look 'len({a["id"] for _, a in tags if "id" in a}) == sum("id" in a for _, a in tags)'
}

@test "pages by each subject, of one subject, and of nothing are whole" {
	for by in domain mailbox script account owner sender-domain; do
		page --by $by --top 0
		look '"Table" in text'
	done
	page domain:a.example --by mailbox
	look '"Mail of domain a.example by mailbox" in text and "b.example" not in text'
	page --until 2001-01-01 -q
	look '"Nothing was counted in this time." in text'
}

@test "a page of checks" {
	local OTHER=$BATS_TEST_TMPDIR/state
	"$MAILGUARD" sweep -q --root "$TESTS/data/hosts/cpanel" --state "$OTHER" --dialect dovecot \
		"$TESTS/data/dovecot/2.4-own.log"
	page --by ip --top 0
	look '"Checks by address" in text and "failed logins" in text and "FAILED LOGINS" in text'
}

@test "names that were made to do harm are text, wherever they go" {
	local name='<script>alert(1)</script>' OTHER=$BATS_TEST_TMPDIR/state
	local names=("$name" '"><svg onload=alert(1)>' "' onmouseover='x" '=cmd|'"' /C calc'"'!A0' '@SUM(1)' \
		$'a\e]52;c;eA==\a' $'line\nbreak' $'b\u202egnp.exe' $'\xff\xfe' 'x{y="z"} 1' '\" 1' '&lt;b&gt;')
	cp -r "$STATE" "$OTHER"
	for name in "${names[@]}"; do
		sqlite3 "$OTHER/state.db" "
			INSERT INTO origin (kind, name, domain, account, owner)
				VALUES (1, CAST(x'$(printf %s "$name" | od -An -v -tx1 | tr -d ' \n')' AS TEXT), 'a.example', 'alice', 'root');
			INSERT INTO fact SELECT max(hour), (SELECT max(id) FROM origin), 1, 1, 1, 0, 0, 0, 0, 1 FROM fact"
	done
	page --by mailbox --top 0
	look '"<script>alert(1)</script>" in text and "\\x1b]52;c;eA==\\x07" in text and "line\\x0abreak" in text'
	look '"b\\xe2\\x80\\xaegnp.exe" in text and "&lt;b&gt;" in text'
	look 'not {t for t, _ in tags} & {"script", "b"} and not any(k.startswith("on") for _, a in tags for k in a)'
	report() {
		"$MAILGUARD" report --state "$OTHER" --utc --by mailbox --top 0 "$@"
	}
	LC_ALL=C
	for format in table csv json; do
		run -0 --separate-stderr report --format $format
		[[ ! "$output" =~ [^\ -~$'\n'] ]]
	done
	run -0 --separate-stderr report --format csv
	[[ "$output" == *$'\n'"'=cmd|' /C calc'!A0,"* && "$output" == *$'\n'"'@SUM(1),"* ]]
	run ! grep -E '^[=+@-]' <<<"$output"
	run -0 --separate-stderr report --json
	[ "$(jq '.rows | length' <<<"$output")" -ge ${#names[@]} ]
	run -0 --separate-stderr report --prometheus --top 1000
	grep -qxF 'mailguard_mailbox_recipients{mailbox="x{y=\"z\"} 1",domain="a.example",account="alice"} 1' <<<"$output"
	grep -qxF 'mailguard_mailbox_recipients{mailbox="\\\\\" 1",domain="a.example",account="alice"} 1' <<<"$output"
	run ! grep -vE '^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z_]+="([^"\\]|\\.)*",?)+\})? -?[0-9]+)$' <<<"$output"
}
