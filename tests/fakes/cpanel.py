#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""cpanel.py: whmapi1 and uapi of a cPanel host that is a tree of files.

Linked as ROOT/usr/local/cpanel/bin/whmapi1 and uapi, it knows its root by its own path. It takes its arguments as the real
ones do (values URI-encoded, NAME=VALUE) and refuses anything else loudly, changes the files that the real ones change, and
answers in JSON. As the real ones, it ends with 0 when it refuses a call.

ROOT/fake/log      every call, as a JSON list of its arguments
ROOT/fake/fail     names of functions that are refused, one a line
ROOT/fake/junk     the same, answered with no JSON
ROOT/fake/strings  where it is there, numbers in replies are strings
"""
import json
import os
import re
import sys
from urllib.parse import unquote

TOOL = os.path.abspath(sys.argv[0])
ROOT = TOOL.removesuffix("/usr/local/cpanel/bin/" + os.path.basename(TOOL))
FAKE = ROOT + "/fake"
SUSPENDED = ROOT + "/etc/outgoing_mail_suspended_users"
HELD = ROOT + "/etc/outgoing_mail_hold_users"


def wrong(text):
    """What the real one would not have been called with: a defect of the caller."""
    print("fake cPanel: " + text, file=sys.stderr)
    with open(FAKE + "/wrong", "a", encoding="ascii") as file:
        print(text, file=file)
    sys.exit(99)


def arguments(words, needed, allowed=()):
    """NAME=VALUE words as a dict; each must be decodable, known and there once."""
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in needed + tuple(allowed) or name in found:
            wrong("argument " + word)
        if re.search(r"[^A-Za-z0-9._%-]", value):
            wrong("not URI-encoded: " + word)
        found[name] = unquote(value)
    for name in needed:
        if name not in found:
            wrong("missing " + name)
    return found


def names_of(path):
    """The lines of a file that need not be there."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def change(path, name, is_in):
    """A name put into a list or taken out."""
    names = [n for n in names_of(path) if n != name] + [name] * is_in
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(n + "\n" for n in names)


def user_file(user):
    """The path of an account, which may not be there."""
    return f"{ROOT}/var/cpanel/users/{user}"


def account(user):
    """KEY=value lines of an account as a dict."""
    if not os.path.exists(user_file(user)):
        return None
    return dict(line.split("=", 1) for line in names_of(user_file(user)))


def save(user, keys):
    """Writes them back."""
    with open(user_file(user), "w", encoding="utf-8") as file:
        file.writelines(f"{key}={value}\n" for key, value in keys.items())


def number(value):
    """As the host writes it."""
    return str(value) if os.path.exists(FAKE + "/strings") else value


def whm(function, words):
    """Returns (data, None) or (None, reason)."""
    single = {
        "suspend_outgoing_email": (SUSPENDED, True),
        "unsuspend_outgoing_email": (SUSPENDED, False),
        "hold_outgoing_email": (HELD, True),
        "release_outgoing_email": (HELD, False),
    }
    allowed = {
        "suspendacct": (("user",), ("reason", "disallowun", "leave-ftp-accts-enabled")),
        "removeacct": (("username",), ("keepdns",)),
    }.get(function, (("user",), ()))
    args = arguments(words, *allowed)
    user = args.get("user") or args.get("username")
    keys = account(user)
    if keys is None:
        return None, f"Account does not exist: {user}"
    if function == "accountsummary":
        is_suspended = "SUSPENDED" in keys
        reason = keys.get("FAKE_REASON", "") if is_suspended else "not suspended"
        return {"acct": [{"user": user, "domain": keys["DNS"], "owner": keys["OWNER"],
                          "suspended": number(int(is_suspended)), "suspendreason": reason}]}, None
    if function == "suspendacct":
        if args.get("disallowun", "0") not in ("0", "1"):
            wrong("disallowun=" + args["disallowun"])
        keys.update(SUSPENDED="1", FAKE_REASON=args.get("reason", "").replace("\n", " "),
                    FAKE_DISALLOW=args.get("disallowun", "0"))
        save(user, keys)
    elif function == "unsuspendacct":
        for key in ("SUSPENDED", "FAKE_REASON", "FAKE_DISALLOW"):
            keys.pop(key, None)
        save(user, keys)
    elif function == "removeacct":
        os.unlink(user_file(user))
    elif function in single:
        change(single[function][0], user, single[function][1])
    elif function != "terminate_cpuser_mailbox_sessions":
        wrong("function " + function)
    return {}, None


def uapi(user, function, words):
    """The same of the module Email."""
    lists = {
        "suspend_outgoing": (SUSPENDED, True),
        "unsuspend_outgoing": (SUSPENDED, False),
        "hold_outgoing": (HELD, True),
        "release_outgoing": (HELD, False),
    }
    if function == "list_pops":
        pattern = re.compile(arguments(words, ("regex",))["regex"])
        mailbox = "info@" + (account(user) or {"DNS": ""})["DNS"]
        return [{"email": mailbox, "login": mailbox, "suspended_incoming": number(0),
                 "suspended_login": number(int(mailbox in names_of(FAKE + "/no_login")))}] * bool(pattern.search(mailbox)), None
    args = words if function == "passwd_pop" else arguments(words, ("email",))
    keys = account(user)
    if keys is None or args["email"].split("@")[-1] != keys["DNS"]:
        return None, f"The email account {args['email']} does not exist."
    if function in lists:
        change(lists[function][0], args["email"], lists[function][1])
    elif function in ("suspend_login", "unsuspend_login"):
        change(FAKE + "/no_login", args["email"], function == "suspend_login")
    elif function == "passwd_pop":
        if len(args["password"]) < 20 or sorted(args) != ["email", "password"]:
            wrong("a short password, or more")
        with open(FAKE + "/passwords", "a", encoding="ascii") as file:
            print(args["password"], file=file)
    elif function != "terminate_mailbox_sessions":
        wrong("function " + function)
    return None, None


def main():
    """One call."""
    tool, words = os.path.basename(TOOL), sys.argv[1:]
    with open(FAKE + "/log", "a", encoding="utf-8") as file:
        print(json.dumps([tool] + words), file=file)
    user = ""
    has_input = tool == "uapi" and words[:1] == ["--input=json"]
    if tool == "uapi":
        words = words[has_input:]
        if not words or not words[0].startswith("--user="):
            wrong("no --user")
        user = unquote(words.pop(0).removeprefix("--user="))
    if not words or words.pop(0) != "--output=json":
        wrong("no --output=json")
    if tool == "uapi" and words.pop(0) != "Email":
        wrong("another module than Email")
    function = words.pop(0)
    if (function == "passwd_pop") != has_input:
        wrong("a password is no argument, and nothing else is on standard input")
    if has_input:
        words = words and wrong("arguments beside --input") or json.load(sys.stdin)
    if function in names_of(FAKE + "/junk"):
        print("Something went wrong at /usr/local/cpanel/Cpanel.pm line 1.")
        return
    data, reason = whm(function, words) if tool == "whmapi1" else uapi(user, function, words)
    if function in names_of(FAKE + "/fail"):
        data, reason = None, "Sorry, \x1b[31mnot\x1b[0m now."
    if tool == "whmapi1":
        reply = {"metadata": {"version": 1, "command": function, "reason": reason or "OK",
                              "result": number(int(reason is None))}}
        if data is not None:
            reply["data"] = data
    else:
        reply = {"apiversion": 3, "func": function, "module": "Email",
                 "result": {"status": number(int(reason is None)), "messages": None, "warnings": None,
                            "errors": [reason] if reason else None, "metadata": {}, "data": data}}
    print(json.dumps(reply))


main()
