#!/usr/bin/env python3
"""Fuzzes the running server by its own description: schemathesis finds what fails, or is not as described.

    tests/openapi.py [sqlite|postgres]

The same requests in every run: seed and number are fixed.
"""

import os
import subprocess
import sys
from pathlib import Path

from passkeyd import PUBLIC_KEY, SECRET_KEY, Server

MANAGEMENT_KEY = "the-operators-key-of-the-tests"
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "8")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def main(engine="sqlite"):
    server = Server(
        engine,
        {
            "PASSKEYD__MANAGEMENT__KEY": MANAGEMENT_KEY,
            "PASSKEYD__APIS__IDEA_POOL": "true",
            "PASSKEYD__LOG__LEVEL": "warn",
        },
    )
    try:
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            *("run", f"{server.url}/openapi.json", "--url", server.url),
            *("--checks", ",".join(CHECKS)),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES),
            *("--seed", "1", "--workers", "2", "--suppress-health-check", "all"),
            *("--request-timeout", "10", "--warnings", "off", "--no-color"),
            *("-H", f"ApiKey: {PUBLIC_KEY}", "-H", f"ApiSecret: {SECRET_KEY}", "-H", f"ManagementKey: {MANAGEMENT_KEY}"),
            # It fails, which is what it is for.
            *("--exclude-path", "/health/throw/exception"),
        ]
        status = subprocess.run(command, cwd=server.folder).returncode
        if status or server.process.poll() is not None:
            server.log.seek(0)
            sys.stdout.write(server.log.read())
        return status or server.process.poll() or 0
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
