"""The published Python SDK against the built binary: every call it has."""

import re
import unittest
from datetime import timedelta
from pathlib import Path

from passkeyd import CLUSTER, PUBLIC_KEY, SECRET_KEY, Server, has_feature
from passwordless import (
    DeleteCredential,
    DeleteUser,
    GenerateAuthenticationTokenOptions,
    PasswordlessClientBuilder,
    PasswordlessError,
    PasswordlessOptions,
    RegisterToken,
    SendMagicLinkOptions,
    SetAlias,
    UpdateAppsFeature,
    VerifySignIn,
)


def needs(feature):
    return unittest.skipUnless(has_feature(feature), f"{feature}: not built yet")


def client(server, secret=SECRET_KEY):
    return PasswordlessClientBuilder(PasswordlessOptions(secret, server.url)).build()


class PythonSdk:
    """The tests; each engine's class below runs them on a server of its own."""

    engine = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.engine)
        cls.sdk = client(cls.server)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def problem(self, call, *arguments):
        with self.assertRaises(PasswordlessError) as raised:
            call(*arguments)
        return raised.exception.problem_details

    def test_register_token_makes_a_token(self):
        made = self.sdk.register_token(RegisterToken(user_id="ada", username="ada@example.com"))
        self.assertRegex(made.token, r"^register_[A-Za-z0-9_-]+$")

    def test_sign_in_tells_who_signed_in(self):
        enrolled = self.server.enrol("bea", "phone")
        user = self.sdk.sign_in(VerifySignIn(enrolled["signedIn"]))
        self.assertTrue(user.success)
        self.assertEqual(
            (user.user_id, user.nickname, user.rp_id, user.origin, user.type, user.country),
            ("bea", "phone", "localhost", enrolled["origin"], "passkey_signin", ""))
        self.assertEqual(user.expires_at - user.timestamp, timedelta(seconds=120))
        registered = self.sdk.sign_in(VerifySignIn(enrolled["registered"]))
        self.assertEqual(registered.type, "passkey_register")

    def test_credentials_are_listed_and_deleted(self):
        self.server.enrol("cyd", "phone")
        [credential] = self.sdk.get_credentials("cyd")
        self.assertEqual((credential.user_id, credential.rp_id), ("cyd", "localhost"))
        self.sdk.delete_credential(DeleteCredential(credential.descriptor.id))
        self.assertEqual(self.sdk.get_credentials("cyd"), [])

    def test_a_refusal_reaches_the_caller_with_its_problem_document(self):
        problem = self.problem(self.sdk.register_token, RegisterToken(user_id="", username="ada"))
        self.assertEqual((problem.status, problem.title), (400, "One or more validation errors occurred."))
        self.assertEqual(problem.errors, {"userId": ["The UserId field is required."]})
        problem = self.problem(self.sdk.sign_in, VerifySignIn("verify_nonsense"))
        self.assertEqual(problem.status, 400)
        problem = self.problem(self.sdk.delete_credential, DeleteCredential("bm9ib2R5"))
        self.assertTrue(problem.type.endswith("#unknown_credential"))

    def test_a_wrong_secret_reaches_the_caller_with_the_words_for_it(self):
        problem = self.problem(client(self.server, PUBLIC_KEY).get_credentials, "ada")
        self.assertEqual(problem.status, 401)
        self.assertIn("contained a public ApiKey", problem.detail)

    @needs("aliases")
    def test_aliases_are_replaced_as_a_whole(self):
        self.sdk.set_alias(SetAlias("dot", ["dot@example.com", "dot"], hashing=False))
        aliases = self.sdk.get_aliases("dot")
        self.assertEqual({alias.plaintext for alias in aliases}, {"dot@example.com", "dot"})
        self.assertEqual({alias.tenant for alias in aliases}, {"test"})
        self.sdk.set_alias(SetAlias("dot", ["dot"]))
        [alias] = self.sdk.get_aliases("dot")
        self.assertIsNone(alias.plaintext)
        self.sdk.set_alias(SetAlias("dot", []))
        self.assertEqual(self.sdk.get_aliases("dot"), [])

    @needs("users")
    def test_users_are_listed_and_deleted(self):
        self.server.enrol("eli", "phone")
        [summary] = [user for user in self.sdk.get_users() if user.user_id == "eli"]
        self.assertEqual((summary.credentials_count, summary.alias_count), (1, 0))
        self.sdk.delete_user(DeleteUser("eli"))
        self.assertNotIn("eli", [user.user_id for user in self.sdk.get_users()])
        self.assertEqual(self.sdk.get_credentials("eli"), [])

    @needs("generatedTokens")
    def test_a_generated_token_verifies(self):
        options = GenerateAuthenticationTokenOptions("fay", time_to_live=60)
        made = self.sdk.generate_authentication_token(options)
        user = self.sdk.sign_in(VerifySignIn(made.token))
        self.assertEqual((user.user_id, user.type), ("fay", "generated_signin"))
        self.assertEqual(user.expires_at - user.timestamp, timedelta(seconds=60))

    @needs("magicLinks")
    def test_a_magic_link_holds_a_token_that_verifies(self):
        template = "https://shop.example/magic?token=$TOKEN"
        self.sdk.send_magic_link(SendMagicLinkOptions("test@test.com", template, "gil"))
        mail = (Path(self.server.folder) / "mail.md").read_text(encoding="utf-8")
        token = re.search(r"magic\?token=(verify_[A-Za-z0-9_-]+)", mail).group(1)
        user = self.sdk.sign_in(VerifySignIn(token))
        self.assertEqual((user.user_id, user.type), ("gil", "magic_link"))

    @needs("appFeatures")
    def test_features_of_the_app_are_updated(self):
        self.assertIsNone(self.sdk.update_apps_feature(UpdateAppsFeature(30)))
        problem = self.problem(self.sdk.update_apps_feature, UpdateAppsFeature(91))
        self.assertEqual(problem.status, 400)


class OnSqlite(PythonSdk, unittest.TestCase):
    engine = "sqlite"


@unittest.skipUnless(CLUSTER, "TEST_POSTGRES_URL is not set")
class OnPostgres(PythonSdk, unittest.TestCase):
    engine = "postgres"


if __name__ == "__main__":
    unittest.main()
