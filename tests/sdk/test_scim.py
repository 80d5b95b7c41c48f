"""The public SCIM test suite, scim2-tester, against the built binary."""

import unittest

from httpx2 import Client
from passkeyd import API_KEY, CLUSTER, Server
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import Path
from scim2_tester import Status, check_server

# Checks that can't apply: title, resource, attribute, and why.
COMPARED_WHOLE = "compares members whole, to which the server adds what is read only: the name of the user"
NO_SEARCH = "there is no /.search below the root, which is optional"
INAPPLICABLE = {
    ("check_remove_attribute", "User", "active"): "a user is active or is not; removed, it is true again",
    ("check_add_attribute", "Group", "members"): COMPARED_WHOLE,
    ("check_replace_attribute", "Group", "members"): COMPARED_WHOLE,
    ("search_with_attributes", "User", None): NO_SEARCH,
    ("search_with_attributes", "Group", None): NO_SEARCH,
}


def attribute(result):
    return result.data.get("urn") if isinstance(result.data, dict) else None


class ScimSuite:
    maxDiff = None
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
            client = SyncSCIMClient(http)
            client.discover()
            self.name_members(client, prefix)
            results = check_server(client)
        told = [f"{result.status.name} {result.title} {result.resource_type}: {result.reason}" for result in results]
        bad = [
            line
            for line, result in zip(told, results)
            if result.status != Status.SUCCESS
            and (result.title, result.resource_type, attribute(result)) not in INAPPLICABLE
        ]
        self.assertEqual(bad, [])
        # That it did not skip itself.
        self.assertGreater(sum(result.status == Status.SUCCESS for result in results), 60, "\n".join(told))

    def name_members(self, client, prefix):
        """Members of groups are users, which a random text is not: tells the suite the ids of some."""
        user = client.get_resource_model("User")
        ids = [client.create(user(user_name=f"{prefix} member {number}")).id for number in range(3)]
        members = Path[client.get_resource_model("Group")]("members.value").resolve()
        members.target_model.model_fields[members.target_field_name].examples = ids

    def test_the_suite_passes_below_either_prefix(self):
        for prefix in ("/scim/v2", "/apps/test/scim/v2"):
            with self.subTest(prefix):
                self.check(prefix)


class OnSqlite(ScimSuite, unittest.TestCase):
    engine = "sqlite"


@unittest.skipUnless(CLUSTER, "TEST_POSTGRES_URL is not set: nothing is said about PostgreSQL")
class OnPostgres(ScimSuite, unittest.TestCase):
    engine = "postgres"


if __name__ == "__main__":
    unittest.main()
