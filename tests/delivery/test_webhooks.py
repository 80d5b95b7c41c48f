"""Events told to a real HTTP receiver: signed, tried again, and never waited for."""

import base64
import hashlib
import hmac
import json
import queue
import threading
import time
import unittest
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from passkeyd import CLUSTER, SECRET_KEY, Server

MANAGEMENT_KEY = "the-operators-key-of-the-tests"
# The first repeat comes after five seconds.
PATIENCE_SECONDS = 30


class Receiver:
    """An HTTP server that keeps what it gets, and answers as it is told to."""

    def __init__(self):
        self.got = queue.Queue()
        self.answers = queue.Queue()
        self.gate = threading.Event()
        self.gate.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.put((self.path, dict(self.headers), body))
                receiver.gate.wait(PATIENCE_SECONDS)
                try:
                    status = receiver.answers.get_nowait()
                except queue.Empty:
                    status = 204
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/events"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        path, headers, body = self.got.get(timeout=PATIENCE_SECONDS)
        return path, {name.lower(): value for name, value in headers.items()}, body

    def stop(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()


class Webhooks:
    """The tests; each engine's class below runs them on a server of its own."""

    engine = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.engine, {
            "PASSKEYD__MANAGEMENT__KEY": MANAGEMENT_KEY,
            "PASSKEYD__OUTGOING__ALLOWED_HOSTS": "127.0.0.1",
        })

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def setUp(self):
        self.receiver = Receiver()
        self.addCleanup(self.receiver.stop)
        made = self.call("/admin/apps/test/webhooks", {"url": self.receiver.url, "eventTypes": ["ApiUserSetAliases"]})
        self.secret = base64.b64decode(made["secret"].removeprefix("whsec_"))
        self.addCleanup(self.call, f"/admin/apps/test/webhooks/{made['id']}", method="DELETE")

    def call(self, path, body=None, method="POST"):
        request = urllib.request.Request(
            self.server.url + path,
            None if body is None else json.dumps(body).encode(),
            {"ApiSecret": SECRET_KEY, "ManagementKey": MANAGEMENT_KEY, "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    def set_aliases(self, user_id):
        self.call("/alias", {"userId": user_id, "aliases": [f"{user_id}@example.com"]})

    def assert_signed(self, headers, body):
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.new(self.secret, signed, hashlib.sha256).digest()).decode()
        self.assertEqual(headers["webhook-signature"], f"v1,{expected}")
        self.assertLess(abs(time.time() - int(headers["webhook-timestamp"])), 60)

    def test_an_event_is_posted_with_a_signature_that_its_secret_checks(self):
        self.set_aliases("ada")
        path, headers, body = self.receiver.next()
        self.assertEqual((path, headers["content-type"]), ("/events", "application/json"))
        self.assert_signed(headers, body)
        event = json.loads(body)
        self.assertEqual(event["type"], "ApiUserSetAliases")
        self.assertEqual(
            (event["data"]["tenantId"], event["data"]["performedBy"], event["data"]["severity"]),
            ("test", "ada", "Informational"))

    def test_what_is_not_taken_is_sent_again_under_the_same_id(self):
        self.receiver.answers.put(500)
        self.set_aliases("bea")
        _, first, body = self.receiver.next()
        _, second, again = self.receiver.next()
        self.assertEqual((first["webhook-id"], body), (second["webhook-id"], again))
        self.assertGreaterEqual(int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]), 5)
        self.assert_signed(second, again)
        self.assertTrue(self.receiver.got.empty())

    def test_no_request_waits_for_a_receiver_that_does_not_answer(self):
        self.receiver.gate.clear()
        self.set_aliases("cyd")
        self.receiver.next()
        started = time.monotonic()
        for number in range(10):
            self.set_aliases(f"cyd{number}")
        self.assertLess(time.monotonic() - started, 5)
        self.assertTrue(self.receiver.got.empty())
        self.receiver.gate.set()
        for _ in range(10):
            self.receiver.next()


class WebhooksOnSqlite(Webhooks, unittest.TestCase):
    engine = "sqlite"


@unittest.skipUnless(CLUSTER, "TEST_POSTGRES_URL is not set")
class WebhooksOnPostgres(Webhooks, unittest.TestCase):
    engine = "postgres"


if __name__ == "__main__":
    unittest.main()
