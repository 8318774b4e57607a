#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""smtp_mail.py SERVER PORT LOGIN SENDER RECIPIENT...: send a mail over SMTP; LOGIN may be "-".

Prints what the server says of it: the reply to the data, or the first that refuses.
"""
import smtplib
import sys


def send(server, port, login, sender, *recipients):
    with smtplib.SMTP(server, int(port), local_hostname="client.test", timeout=20) as smtp:
        smtp.ehlo()
        if login != "-":
            smtp.login(login, "secret")
        for code, text in [smtp.mail(sender)] + [smtp.rcpt(to) for to in recipients]:
            if code >= 400:
                return code, text
        return smtp.data("Subject: test\r\n\r\nhello\r\n")


if __name__ == "__main__":
    reply, words = send(*sys.argv[1:])
    print(reply, words.decode())
