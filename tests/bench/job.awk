# SPDX-License-Identifier: MIT
#
# job.awk TRUEUSERDOMAINS LOG: the job of a sweep in awk, for lines as
# genlog.py writes them: messages, recipients, failures and deferrals that
# accounts here sent, by hour and domain. Prints their totals.

FNR == NR { sub(":", "", $1); main[$2] = $1; next }

$4 == "<=" {
	domain = ""
	reference = match($0, / id=[^ ]*/) ? substr($0, RSTART, RLENGTH) : ""
	front = substr($0, 1, index($0, " S="))	# behind it a stranger writes
	if (match(front, / A=[^ :]*:[^ ]*/)) {
		domain = substr(front, RSTART, RLENGTH)
		sub(/.*@/, "", domain)
		domain = tolower(domain)
	} else if (match(front, / U=[^ ]* P=local /) && $5 != "<>") {
		if (reference in inbound)	# a redirect
			next
		split(substr(front, RSTART + 3), word, " ")
		domain = main[word[1]]
	}
	if (domain == "") {
		if (front !~ / U=/ && reference)
			inbound[came[$3] = reference]
		next
	}
	n = split($0, part, " for ")
	origin[$3] = domain
	hour = $1 substr($2, 1, 2) domain
	messages[hour]++
	recipients[hour] += split(part[n], word, " ")
	next
}
$4 == "=>" || $4 == "->" { if ($3 in origin) delivered[$1 substr($2, 1, 2) origin[$3]]++; next }
$4 == "**" { if ($3 in origin) failed[$1 substr($2, 1, 2) origin[$3]]++; next }
$4 == "==" { if ($3 in origin) deferred[$1 substr($2, 1, 2) origin[$3]]++; next }
$4 == "Completed" { delete origin[$3]; delete inbound[came[$3]]; delete came[$3] }

function total(cells, key, n) { for (key in cells) n += cells[key]; return n + 0 }

END { print total(messages), total(recipients), total(failed), total(deferred) }
