#!/usr/bin/env python3
"""Checks the dependency tree against deny.toml: licences, bans and sources.

Reads the part of cargo-deny's configuration that this project uses, so that
the check needs nothing but Python (3.11 or later) and cargo. A setting that is
not understood is an error: a rule must never be skipped in silence.

    tests/dependencies.py [--manifest-path Cargo.toml] [--config deny.toml]

Exits 0 when the tree is allowed, 1 when it is not, 2 on wrong usage.
"""

import argparse
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

DEFAULT_REGISTRIES = (
    "registry+https://github.com/rust-lang/crates.io-index",
    "sparse+https://index.crates.io/",
)

# What each table may hold. `True` marks what only cargo-deny looks at.
KNOWN = {
    "graph": {"all-features": True},
    "licenses": {"allow": False, "exceptions": False, "confidence-threshold": True, "unused-allowed-license": False},
    "bans": {"deny": False, "skip": False, "multiple-versions": False, "wildcards": False, "allow-wildcard-paths": False},
    "sources": {"unknown-registry": False, "unknown-git": False, "allow-registry": False},
}


class Misconfigured(Exception):
    """deny.toml says something that this checker does not understand."""


# --- SPDX expressions -------------------------------------------------------


def satisfied(expression, accepts):
    """Whether an SPDX expression can be met with licences that `accepts` takes.

    The old spelling of "or" as a slash is read as such. An expression that
    does not parse is not satisfied.
    """
    tokens = re.findall(r"[()]|[^\s()/]+|/", expression)
    tokens = ["OR" if token in ("/", "or") else token for token in tokens]
    position = 0

    def peek():
        return tokens[position] if position < len(tokens) else None

    def take():
        nonlocal position
        token = peek()
        if token is None:
            raise ValueError(f"unfinished expression: {expression}")
        position += 1
        return token

    def any_of():
        met = all_of()
        while peek() == "OR":
            take()
            met = all_of() or met
        return met

    def all_of():
        met = one()
        while peek() in ("AND", "and"):
            take()
            met = one() and met
        return met

    def one():
        token = take()
        if token == "(":
            met = any_of()
            if take() != ")":
                raise ValueError(f"unbalanced parentheses: {expression}")
            return met
        if token in (")", "OR", "AND", "WITH"):
            raise ValueError(f"unexpected {token}: {expression}")
        if peek() in ("WITH", "with"):
            take()
            token = f"{token} WITH {take()}"
        return accepts(token)

    try:
        met = any_of()
    except ValueError:
        return False
    return met and position == len(tokens)


# --- versions ---------------------------------------------------------------


def version_key(text):
    """(numbers, pre-release) of a semantic version; build metadata is dropped."""
    numbers, _, pre = text.split("+")[0].partition("-")
    return tuple(int(number) for number in numbers.split(".")), pre


def matches(version, requirement):
    """Whether a version meets a requirement such as `<0.10`, `>=1, <2`, `=1.2.3` or `*`.

    As in Cargo, a pre-release meets only requirements that name it.
    """
    numbers, pre = version_key(version)
    for part in requirement.split(","):
        operator, wanted = re.fullmatch(r"\s*(<=|>=|<|>|=|\^|)\s*(\S+)\s*", part).groups()
        if wanted == "*":
            continue
        bound, bound_pre = version_key(wanted)
        if pre and (bound_pre, bound) != (pre, numbers):
            return False
        padded = bound + (0,) * (3 - len(bound))
        holds = {
            "<": numbers < padded,
            "<=": numbers[: len(bound)] <= bound,
            ">": numbers[: len(bound)] > bound,
            ">=": numbers >= padded,
            "=": numbers[: len(bound)] == bound,
            "^": compatible(numbers, bound, padded),
            "": compatible(numbers, bound, padded),
        }[operator]
        if not holds:
            return False
    return True


def compatible(numbers, bound, padded):
    leading = next((index + 1 for index, number in enumerate(bound) if number), len(bound))
    return numbers >= padded and numbers[:leading] == bound[:leading]


def parse_spec(spec):
    """(name, requirement) of a package spec: `name`, `name:requirement`, `name@exact`."""
    if "@" in spec:
        name, version = spec.split("@", 1)
        return name, f"={version}"
    name, _, requirement = spec.partition(":")
    return name, requirement or "*"


def entry(item):
    """The package spec and the options of an entry, which may be a plain string."""
    item = {"crate": item} if isinstance(item, str) else dict(item)
    try:
        name, requirement = parse_spec(item.pop("crate"))
    except KeyError:
        raise Misconfigured(f"an entry names no crate: {item}") from None
    return name, requirement, item


# --- the checks -------------------------------------------------------------


def check_shape(config):
    for table, settings in config.items():
        if table not in KNOWN:
            raise Misconfigured(f"unknown table [{table}]")
        for setting in settings:
            if setting not in KNOWN[table]:
                raise Misconfigured(f"unknown setting {table}.{setting}")
    if config.get("bans", {}).get("multiple-versions", "allow") == "deny":
        raise Misconfigured("bans.multiple-versions = \"deny\" is not supported: name the crates with deny-multiple-versions")
    for setting in ("unknown-registry", "unknown-git"):
        if config.get("sources", {}).get(setting) != "deny":
            raise Misconfigured(f"sources.{setting} must be \"deny\"")


def check_licences(packages, rules):
    allowed = set(rules.get("allow", []))
    exceptions = []
    for item in rules.get("exceptions", []):
        name, requirement, options = entry(item)
        exceptions.append((name, requirement, set(options["allow"])))
    used = set()

    for package in packages:
        extra = set()
        for name, requirement, licences in exceptions:
            if name == package["name"] and matches(package["version"], requirement):
                extra |= licences

        def accepts(licence, extra=extra):
            if licence in allowed:
                used.add(licence)
            return licence in allowed or licence in extra

        licence = package["license"]
        if not licence:
            yield f"{label(package)}: states no licence"
        elif not satisfied(licence, accepts):
            yield f"{label(package)}: licence not allowed: {licence}"

    if rules.get("unused-allowed-license") == "deny":
        for licence in sorted(allowed - used):
            yield f"deny.toml: licence allowed but used by no dependency: {licence}"


def dependants_of(metadata):
    """A function that tells the names of the packages that use a package: those that do where the
    metadata holds the resolved graph, else those that say they may."""
    packages = metadata["packages"]
    users = {}
    if "resolve" in metadata:
        names = {package["id"]: package["name"] for package in packages}
        for node in metadata["resolve"]["nodes"]:
            for used in node["dependencies"]:
                users.setdefault(used, set()).add(names[node["id"]])
        return lambda package: users.get(package["id"], set())
    for package in packages:
        for dependency in package["dependencies"]:
            users.setdefault(dependency["name"], set()).add(package["name"])
    return lambda package: users.get(package["name"], set())


def check_bans(metadata, rules):
    packages = metadata["packages"]
    dependants = dependants_of(metadata)
    skipped = set()
    for item in rules.get("skip", []):
        name, requirement, options = entry(item)
        if set(options) - {"reason"}:
            raise Misconfigured(f"unknown option of the skipped {name}: {', '.join(sorted(set(options) - {'reason'}))}")
        found = [p for p in packages if p["name"] == name and matches(p["version"], requirement)]
        if not found:
            yield f"deny.toml: skipped, but in no dependency: {name} {requirement}"
        skipped |= {label(package) for package in found}

    for item in rules.get("deny", []):
        name, requirement, options = entry(item)
        unknown = set(options) - {"reason", "wrappers", "deny-multiple-versions"}
        if unknown:
            raise Misconfigured(f"unknown option of the ban on {name}: {', '.join(sorted(unknown))}")
        found = [p for p in packages if p["name"] == name and matches(p["version"], requirement)]
        if options.get("deny-multiple-versions"):
            found = [package for package in found if label(package) not in skipped]
            if len(found) > 1:
                versions = ", ".join(sorted(package["version"] for package in found))
                yield f"{name}: only one version may be in the tree, found {versions}"
            continue
        wrappers = set(options.get("wrappers", []))
        for package in found:
            if wrappers and dependants(package) <= wrappers:
                continue
            users = ", ".join(sorted(dependants(package))) or "the workspace"
            yield f"{label(package)}: banned ({options.get('reason', 'no reason given')}); used by {users}"

    if rules.get("wildcards") == "deny":
        for package in packages:
            if package["source"] is not None:
                continue
            for dependency in package["dependencies"]:
                by_path = dependency.get("path") and rules.get("allow-wildcard-paths")
                if dependency["req"] == "*" and not by_path:
                    yield f"{label(package)}: depends on any version of {dependency['name']}"


def check_sources(packages, rules):
    allowed = set(rules.get("allow-registry", DEFAULT_REGISTRIES))
    for package in packages:
        source = package["source"]
        if source is not None and source not in allowed:
            yield f"{label(package)}: unknown source {source}"


def label(package):
    return f"{package['name']} {package['version']}"


def findings(metadata, config):
    """Everything that the tree in `metadata` does against the rules in `config`."""
    check_shape(config)
    packages = metadata["packages"]
    return [
        *check_licences(packages, config.get("licenses", {})),
        *check_bans(metadata, config.get("bans", {})),
        *check_sources(packages, config.get("sources", {})),
    ]


def main(arguments):
    root = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--manifest-path", type=Path, default=root / "Cargo.toml")
    parser.add_argument("--config", type=Path, default=root / "deny.toml")
    options = parser.parse_args(arguments)

    command = ["cargo", "metadata", "--locked", "--all-features", "--format-version", "1"]
    command += ["--manifest-path", str(options.manifest_path)]
    cargo = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if cargo.returncode != 0:
        return 1
    metadata = json.loads(cargo.stdout)
    try:
        found = findings(metadata, tomllib.loads(options.config.read_text(encoding="utf-8")))
    except Misconfigured as error:
        print(f"{options.config}: {error}", file=sys.stderr)
        return 1
    for finding in found:
        print(finding, file=sys.stderr)
    print(f"{len(metadata['packages'])} packages, {len(found)} against deny.toml")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
