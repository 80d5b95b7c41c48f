"""The public SCIM test suite, scim2-tester, against the built binary."""

import unittest

from httpx2 import Client
from passkeyd import API_KEY, CLUSTER, Server
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import Group, Path, User
from scim2_tester import Status, check_server

# Checks that can't apply, with the reason.
INAPPLICABLE = {}


class ScimSuite:
    """The tests; each engine's class below runs them on a server of its own."""

    engine = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.engine)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def check(self, prefix):
        headers = {"Authorization": f"Bearer {API_KEY}"}
        with Client(base_url=self.server.url + prefix, headers=headers) as http:
            results = check_server(SyncSCIMClient(http))
        told = [f"{result.status.name} {result.title} {result.resource_type}: {result.reason}" for result in results]
        bad = [line for line in told if line.split()[0] not in ("SUCCESS", "SKIPPED", "COMPLIANT", "ACCEPTABLE")]
        print("\n".join(told))
        self.assertEqual(bad, [], "\n".join(told))

    def test_the_suite_passes_below_the_plain_prefix(self):
        self.check("/scim/v2")


class OnSqlite(ScimSuite, unittest.TestCase):
    engine = "sqlite"


@unittest.skipUnless(CLUSTER, "TEST_POSTGRES_URL is not set: nothing is said about PostgreSQL")
class OnPostgres(ScimSuite, unittest.TestCase):
    engine = "postgres"
