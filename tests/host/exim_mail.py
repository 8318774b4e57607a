#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""exim_mail.py LOGIN SENDER RECIPIENT...: send a mail to the Exim of exim_host.sh over SMTP; LOGIN may be "-".

Prints what the server says of it, in one line: the reply to the data, or the first that refuses.
"""
import smtplib
import sys

SERVER = "10.99.0.2"


def words(code, text):
    """A reply of several lines, as the one that it was written as."""
    lines = text.decode().split("\n")
    enhanced = lines[0].split(" ")[0]
    return f"{code} " + " ".join([lines[0]] + [line.removeprefix(enhanced + " ") for line in lines[1:]])


def send(login, sender, *recipients):
    smtp = smtplib.SMTP(SERVER, 25, local_hostname="client.test", timeout=20)
    smtp.ehlo()
    if login != "-":
        smtp.login(login, "secret")
    code, text = smtp.mail(sender)
    for to in recipients:
        if code < 400:
            code, text = smtp.rcpt(to)
    if code < 400:
        code, text = smtp.data("Subject: test\r\n\r\nhello\r\n")
    smtp.close()
    return words(code, text)


if __name__ == "__main__":
    print(send(*sys.argv[1:]))
