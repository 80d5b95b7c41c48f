"""The built binary as a process for Python tests: a free port, throw-away data, SQLite or PostgreSQL."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

TESTS = Path(__file__).resolve().parent.parent
BINARY = os.environ.get("PASSKEYD_BIN", str(TESTS.parent / "target" / "release" / "passkeyd"))
CLUSTER = os.environ.get("TEST_POSTGRES_URL")
PUBLIC_KEY = "test:public:2e728aa5986f4ba8b073a5b28a939795"
SECRET_KEY = "test:secret:a679563b331846c79c20b114a4f56d02"
API_KEY = "lid_for-development-only-known-to-everybody0001"
START_LIMIT_SECONDS = 20


def has_feature(name):
    """Whether the server has a feature yet; see features.json."""
    return json.loads((TESTS / "features.json").read_text(encoding="utf-8"))[name]


class Database:
    """An empty database: a file in the server's data folder, or a database of its own on the test cluster."""

    def __init__(self, engine):
        self.environment = {}
        self.name = None
        if engine == "postgres":
            self.name = f"t_{uuid.uuid4().hex}"
            self._sql(f"CREATE DATABASE {self.name}")
            url = urlsplit(CLUSTER)._replace(path=f"/{self.name}")
            self.environment = {"PASSKEYD__DATABASE__URL": urlunsplit(url)}

    def drop(self):
        if self.name:
            self._sql(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    @staticmethod
    def _sql(statement):
        command = ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--command={statement}", CLUSTER]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


class Server:
    """One server of its own; `stop` ends it and removes its data."""

    def __init__(self, engine, environment=None, configuration=None):
        self.folder = tempfile.mkdtemp(prefix="passkeyd-")
        named = []
        if configuration is not None:
            file = Path(self.folder) / "passkeyd.toml"
            file.write_text(configuration, encoding="utf-8")
            named = ["--config", str(file)]
        self.database = Database(engine)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://localhost:{port}"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PASSKEYD__")}
        self.log = open(Path(self.folder) / "log.txt", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [BINARY, "serve", "--dev", *named, "--bind", f"127.0.0.1:{port}", "--data-dir", self.folder],
            env={**inherited, **self.database.environment, **(environment or {})},
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        try:
            self._wait()
        except Exception:
            self.stop()
            raise

    def _wait(self):
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/health/ready", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.02)
        self.log.seek(0)
        raise RuntimeError(f"passkeyd is not ready:\n{self.log.read()}")

    def enrol(self, user_id, nickname):
        """Registers a passkey and signs in with it: `registered`, `signedIn` (verify tokens) and `origin`."""
        command = ["node", str(TESTS / "harness" / "enrol.mjs"), self.url, PUBLIC_KEY, SECRET_KEY, user_id, nickname]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
        self.database.drop()
        shutil.rmtree(self.folder, ignore_errors=True)
