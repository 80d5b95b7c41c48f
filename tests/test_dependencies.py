"""Tests of the dependency check: what it lets through, and what makes it fail."""

import re
import subprocess
import sys
import tempfile
import tomllib
import unittest
from pathlib import Path

import dependencies
from dependencies import Misconfigured, findings, matches, satisfied

TESTS = Path(__file__).resolve().parent
REGISTRY = dependencies.DEFAULT_REGISTRIES[0]

RULES = """
[licenses]
allow = ["MIT", "Apache-2.0"]
exceptions = [{ crate = "odd", allow = ["0BSD"] }]
[bans]
deny = [
  { crate = "openssl-sys", reason = "no system library" },
  { crate = "rsa:<0.10", reason = "older generation" },
  { crate = "wrapped", wrappers = ["wrapper"] },
  { crate = "single", deny-multiple-versions = true },
]
wildcards = "deny"
allow-wildcard-paths = true
[sources]
unknown-registry = "deny"
unknown-git = "deny"
"""


def package(name, version="1.0.0", license="MIT", source=REGISTRY, needs=()):
    return {
        "name": name,
        "version": version,
        "license": license,
        "source": source,
        "dependencies": [{"name": needed, "req": "^1"} for needed in needs],
    }


def found(*packages, rules=RULES):
    return findings({"packages": list(packages)}, tomllib.loads(rules))


class Licences(unittest.TestCase):
    def test_an_expression_is_met_by_what_is_allowed(self):
        accepts = {"MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"}.__contains__
        for expression in (
            "MIT",
            "GPL-3.0-only OR MIT",
            "MIT/Apache-2.0",
            "Unlicense / MIT",
            "(GPL-3.0-only OR MIT) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0-only",
        ):
            self.assertTrue(satisfied(expression, accepts), expression)
        for expression in (
            "GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "GPL-3.0-only OR MIT AND LGPL-3.0-only",
            "MIT WITH LLVM-exception",
            "(MIT",
            "MIT Apache-2.0",
            "OR MIT",
            "",
        ):
            self.assertFalse(satisfied(expression, accepts), expression)

    def test_a_licence_outside_the_list_is_found(self):
        self.assertEqual(found(package("copyleft", license="GPL-3.0-only")),
                         ["copyleft 1.0.0: licence not allowed: GPL-3.0-only"])

    def test_a_package_without_a_licence_is_found(self):
        self.assertEqual(found(package("mute", license=None)), ["mute 1.0.0: states no licence"])

    def test_an_exception_holds_for_its_crate_only(self):
        self.assertEqual(found(package("odd", license="0BSD")), [])
        self.assertEqual(len(found(package("even", license="0BSD"))), 1)


class Bans(unittest.TestCase):
    def test_a_banned_crate_is_found_with_its_reason_and_its_users(self):
        self.assertEqual(
            found(package("openssl-sys"), package("tls", needs=["openssl-sys"])),
            ["openssl-sys 1.0.0: banned (no system library); used by tls"])

    def test_a_ban_with_a_version_leaves_other_versions_alone(self):
        self.assertEqual(len(found(package("rsa", "0.9.8"))), 1)
        self.assertEqual(found(package("rsa", "0.10.0-rc.20")), [])
        self.assertEqual(found(package("rsa", "0.10.0")), [])

    def test_a_wrapper_may_use_what_is_banned_for_others(self):
        self.assertEqual(found(package("wrapped"), package("wrapper", needs=["wrapped"])), [])
        self.assertEqual(len(found(package("wrapped"), package("other", needs=["wrapped"]))), 1)

    def test_two_versions_of_a_single_crate_are_found(self):
        self.assertEqual(found(package("single")), [])
        self.assertEqual(found(package("single"), package("single", "2.0.0")),
                         ["single: only one version may be in the tree, found 1.0.0, 2.0.0"])

    def test_a_version_that_is_skipped_does_not_count(self):
        rules = RULES.replace('wildcards', 'skip = [{ crate = "single:<2", reason = "old" }]\nwildcards', 1)
        self.assertEqual(found(package("single"), package("single", "2.0.0"), rules=rules), [])
        self.assertEqual(len(found(package("single"), package("single", "2.0.0"), package("single", "3.0.0"), rules=rules)), 1)
        self.assertEqual(found(package("single", "2.0.0"), rules=rules),
                         ["deny.toml: skipped, but in no dependency: single <2"])

    def test_only_those_count_who_use_this_version(self):
        old, new = package("rsa", "0.9.8"), package("rsa", "0.10.0")
        wrapper, other = package("wrapper", needs=["rsa"]), package("other", needs=["rsa"])
        packages = [old, new, wrapper, other]
        for number, each in enumerate(packages):
            each["id"] = str(number)
        needs = {"2": ["0"], "3": ["1"]}
        nodes = [{"id": each["id"], "dependencies": needs.get(each["id"], [])} for each in packages]
        rules = tomllib.loads(RULES.replace('"rsa:<0.10",', '"rsa:<0.10", wrappers = ["wrapper"],'))
        self.assertEqual(findings({"packages": packages, "resolve": {"nodes": nodes}}, rules), [])
        nodes[3]["dependencies"] = ["0"]
        self.assertEqual(len(findings({"packages": packages, "resolve": {"nodes": nodes}}, rules)), 1)

    def test_a_wildcard_of_ours_is_found(self):
        ours = package("ours", source=None, needs=["any"])
        ours["dependencies"][0]["req"] = "*"
        self.assertEqual(found(ours), ["ours 1.0.0: depends on any version of any"])
        ours["dependencies"][0]["path"] = "/somewhere"
        self.assertEqual(found(ours), [])


class Sources(unittest.TestCase):
    def test_only_the_public_registry_and_the_workspace_are_known(self):
        self.assertEqual(found(package("local", source=None)), [])
        self.assertEqual(found(package("forked", source="git+https://example.com/forked")),
                         ["forked 1.0.0: unknown source git+https://example.com/forked"])


class Configuration(unittest.TestCase):
    def test_what_is_not_understood_is_refused(self):
        for text in ("[surprise]", "[bans]\nskip-tree = []", '[bans]\ndeny = [{ crate = "a", depth = 1 }]', ""):
            with self.assertRaises(Misconfigured, msg=text):
                rules = text if text == "" else text + '\n[sources]\nunknown-registry = "deny"\nunknown-git = "deny"'
                found(package("a"), rules=rules)


class Versions(unittest.TestCase):
    def test_requirements_are_read_as_cargo_reads_them(self):
        for version, requirement, expected in (
            ("1.2.3", "*", True),
            ("1.2.3", "1.2", True),
            ("1.3.0", "1.2", True),
            ("2.0.0", "1.2", False),
            ("0.3.1", "0.3", True),
            ("0.4.0", "0.3", False),
            ("1.2.3", "=1.2.3", True),
            ("1.2.4", "=1.2.3", False),
            ("1.9.9", ">=1, <2", True),
            ("2.0.0", ">=1, <2", False),
            ("0.9.99", "<0.10", True),
            ("0.10.0", "<0.10", False),
            ("1.0.0-rc.1", ">=0.9", False),
            ("0.7.5+spec-1.1.0", "0.7", True),
        ):
            self.assertEqual(matches(version, requirement), expected, f"{version} against {requirement}")


class Command(unittest.TestCase):
    def check(self, rules):
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "deny.toml"
            config.write_text(rules, encoding="utf-8")
            return subprocess.run(
                [sys.executable, str(TESTS / "dependencies.py"), "--config", str(config)],
                capture_output=True, text=True, check=False)

    def test_a_crate_of_this_tree_fails_the_command_when_it_is_forbidden(self):
        rules = (TESTS.parent / "deny.toml").read_text(encoding="utf-8")
        forbidden = rules.replace("deny = [\n", 'deny = [\n  { crate = "serde", reason = "a trial" },\n', 1)
        self.assertNotEqual(rules, forbidden)
        outcome = self.check(forbidden)
        self.assertEqual(outcome.returncode, 1)
        self.assertRegex(outcome.stderr, r"serde \S+: banned \(a trial\)")

    def test_a_licence_of_this_tree_fails_the_command_when_it_is_not_allowed(self):
        rules = (TESTS.parent / "deny.toml").read_text(encoding="utf-8")
        outcome = self.check(rules.replace('  "Unicode-3.0",\n', ""))
        self.assertEqual(outcome.returncode, 1)
        self.assertIn("licence not allowed: Unicode-3.0", outcome.stderr)



class WithoutC(unittest.TestCase):
    """The verifier's feature for targets that have neither a C compiler nor a source of randomness, such as wasm."""

    NATIVE = re.compile(r"(ring|cc|cmake|getrandom|openssl)$|.*-sys$")

    def native(self, *options):
        command = ["cargo", "tree", "--locked", "-p", "passkeyd-webauthn", "-e", "normal,build", "--prefix", "none"]
        ran = subprocess.run([*command, *options], cwd=TESTS.parent, capture_output=True, text=True, check=True)
        names = {line.split()[0] for line in ran.stdout.splitlines() if line}
        self.assertIn("passkeyd-webauthn", names)
        return {name for name in names if self.NATIVE.match(name)}

    def test_the_pure_rust_feature_needs_nothing_native(self):
        pure = ("--no-default-features", "--features", "pure-rust,all-algorithms")
        for target in ((), ("--target", "wasm32-unknown-unknown")):
            self.assertEqual(self.native(*pure, *target), set())

    def test_the_default_does_so_the_test_can_fail(self):
        self.assertLessEqual({"ring", "cc"}, self.native())


if __name__ == "__main__":
    unittest.main()
