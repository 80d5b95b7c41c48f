"""Magic links by real SMTP: plain, STARTTLS, implicit TLS, with a login; and the order of the providers."""

import json
import re
import socket
import ssl
import tempfile
import unittest
import urllib.error
import urllib.request
from email import message_from_bytes, policy
from html import unescape
from pathlib import Path

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from passkeyd import CLUSTER, SECRET_KEY, Server

USER, PASSWORD = "auth", "the mail server's secret"
TEMPLATE = "https://shop.example/magic?token=$TOKEN&next=%2Fcart"


class MailServer:
    """An SMTP server that keeps what it takes, or refuses everything."""

    def __init__(self, tls=None, login=False, refuses=False, authority=None):
        self.taken = []
        self.refuses = refuses
        options = {}
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
            options = {"ssl_context": context} if tls == "implicit" else {"tls_context": context, "require_starttls": True}
        if login:
            options |= {"authenticator": self._authenticate, "auth_required": True, "auth_require_tls": tls == "starttls"}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)
        self.controller.start()

    @staticmethod
    def _authenticate(server, session, envelope, mechanism, data):
        known = LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=data == known)

    async def handle_DATA(self, server, session, envelope):
        if self.refuses:
            return "554 not today"
        self.taken.append((envelope, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 taken"

    def stop(self):
        self.controller.stop()


def post(server, path, body):
    request = urllib.request.Request(
        server.url + path,
        json.dumps(body).encode(),
        {"ApiSecret": SECRET_KEY, "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=40) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()


def provider(port, **members):
    table = {"name": "smtp", "host": "localhost", "port": port} | members
    return "[[mail.providers]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())


class Mail:
    """What the tests have in common."""

    engine = None

    @classmethod
    def setUpClass(cls):
        cls.authority = trustme.CA()
        cls.folder = tempfile.TemporaryDirectory()
        cls.ca_file = str(Path(cls.folder.name) / "ca.pem")
        cls.authority.cert_pem.write_to_path(cls.ca_file)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def passkeyd(self, *providers):
        configuration = (
            '[magic_links]\nnew_account_timeout = "0s"\n'
            '[mail]\nfrom = "auth@shop.example"\nfrom_name = "Shop"\n' + "".join(providers)
        )
        server = Server(self.engine, configuration=configuration)
        self.addCleanup(server.stop)
        return server

    def mail_server(self, **options):
        server = MailServer(authority=self.authority, **options)
        self.addCleanup(server.stop)
        return server

    def send(self, server, address="ada@example.com", user_id="ada"):
        body = {"emailAddress": address, "urlTemplate": TEMPLATE, "userId": user_id}
        return post(server, "/magic-links/send", body)

    def assert_arrived(self, server, mail_server):
        [(envelope, mail)] = mail_server.taken
        self.assertEqual(envelope.rcpt_tos, ["ada@example.com"])
        self.assertEqual(envelope.mail_from, "auth@shop.example")
        self.assertEqual(mail["to"], "ada@example.com")
        self.assertEqual(mail["subject"], "Sign in to shop.example")
        self.assertEqual(mail["from"].addresses[0].addr_spec, "auth@shop.example")
        self.assertEqual(mail["from"].addresses[0].display_name, "Sign in to shop.example")
        self.assertEqual(mail.get_content_type(), "multipart/alternative")
        text = mail.get_body(("plain",)).get_content()
        page = mail.get_body(("html",)).get_content()
        [token] = set(re.findall(r"token=(verify_[A-Za-z0-9_-]+)", text))
        link = TEMPLATE.replace("$TOKEN", token)
        self.assertIn(link, text)
        self.assertIn("shop.example", text)
        self.assertIn("ignore this e-mail", text)
        self.assertEqual(unescape(page).count(f'href="{link}"'), 2)
        status, body = post(server, "/signin/verify", {"token": token})
        verified = json.loads(body)
        self.assertEqual((status, verified["userId"], verified["type"]), (200, "ada", "magic_link"))
        # A link is good until it ends: opening it does not use it up.
        self.assertEqual(post(server, "/signin/verify", {"token": token})[0], 200)


class MailByProviders(Mail, unittest.TestCase):
    """How mail goes out, which is no matter of the database."""

    engine = "sqlite"

    def test_a_magic_link_arrives_by_plain_smtp(self):
        mail_server = self.mail_server()
        server = self.passkeyd(provider(mail_server.port, tls="none"))
        self.assertEqual(self.send(server), (204, b""))
        self.assert_arrived(server, mail_server)

    def test_a_magic_link_arrives_by_starttls_with_a_login(self):
        mail_server = self.mail_server(tls="starttls", login=True)
        server = self.passkeyd(
            provider(mail_server.port, tls="starttls", username=USER, password=PASSWORD, ca_file=self.ca_file))
        self.assertEqual(self.send(server), (204, b""))
        self.assert_arrived(server, mail_server)

    def test_a_magic_link_arrives_by_implicit_tls_with_a_login(self):
        mail_server = self.mail_server(tls="implicit", login=True)
        server = self.passkeyd(
            provider(mail_server.port, tls="implicit", username=USER, password=PASSWORD, ca_file=self.ca_file))
        self.assertEqual(self.send(server), (204, b""))
        self.assert_arrived(server, mail_server)

    def test_providers_are_tried_in_order_until_one_takes_the_mail(self):
        unknown = self.mail_server(tls="implicit")
        stranger = self.mail_server(tls="starttls", login=True)
        refusing, good, spare = self.mail_server(refuses=True), self.mail_server(), self.mail_server()
        server = self.passkeyd(
            # Nobody vouches for its certificate, and the login of the next is wrong.
            provider(unknown.port, tls="implicit"),
            provider(stranger.port, tls="starttls", username=USER, password="wrong", ca_file=self.ca_file),
            provider(refusing.port, tls="none"),
            provider(good.port, tls="none"),
            provider(spare.port, tls="none"),
        )
        self.assertEqual(self.send(server), (204, b""))
        self.assert_arrived(server, good)
        self.assertEqual((unknown.taken, stranger.taken, spare.taken), ([], [], []))


class MailAndDatabase(Mail):
    """What is kept of mails; each engine's class below runs the tests on servers of its own."""

    def test_a_mail_that_nobody_takes_is_a_failure_and_counts_for_nothing(self):
        mail_server = self.mail_server(refuses=True)
        server = self.passkeyd(provider(mail_server.port, tls="none"))
        status, body = self.send(server)
        self.assertEqual((status, json.loads(body)["title"]), (500, "An error occurred while processing your request."))
        mail_server.refuses = False
        self.assertEqual(self.send(server), (204, b""))
        self.assert_arrived(server, mail_server)


class MailOnSqlite(MailAndDatabase, unittest.TestCase):
    engine = "sqlite"


@unittest.skipUnless(CLUSTER, "TEST_POSTGRES_URL is not set")
class MailOnPostgres(MailAndDatabase, unittest.TestCase):
    engine = "postgres"


if __name__ == "__main__":
    unittest.main()
