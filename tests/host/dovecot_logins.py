# SPDX-License-Identifier: MIT
"""dovecot_logins.py IP USER SERVICE COUNT: log in from IP so many times, and print how many were let in, how many were
not, and what the last of those was told."""
import sys

from dovecot_client import Session, Truth


def log_in(service, ip, user):
    """Whether it was let in, and what the server said."""
    session = Session(Truth(), "", service, ip, service in ("imaps", "pop3s")).greet()
    if session.protocol == "imap":
        answer = session.imap(b"LOGIN " + user.encode() + b" secret")
    else:
        session.send(b"USER " + user.encode())
        session.file.readline()
        session.send(b"PASS secret")
        answer = session.file.readline()
    good = session.judge(user, answer)
    session.quit()
    return good, answer.decode().strip()


def main(ip, user, service, count):
    good, told = 0, ""
    for _ in range(int(count)):
        ok, answer = log_in(service, ip, user)
        good += ok
        told = told if ok else answer
    print(good, int(count) - good, told)


main(*sys.argv[1:])
