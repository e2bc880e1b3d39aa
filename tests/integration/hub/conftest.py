"""A local server that speaks the hub's protocol, and processes that ask it with the real clients.

The clients read `HF_ENDPOINT` and the like once, when they are imported: so each question is asked by a process of its
own, as `gadfly` would.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
CLIENTS_NEED = (
    *("numpy", "pandas", "pyarrow.parquet", "pyarrow.dataset", "httpx", "requests", "aiohttp", "fsspec", "yaml"),
    *("tqdm", "pydantic", "regex", "rich", "dill", "multiprocess", "xxhash"),
)
"""What they import that takes long, and nothing that reads `HF_ENDPOINT`."""
LARGE = (".safetensors", ".bin", ".parquet")
"""What the hub keeps as large files: their ETag is a SHA-256, and another host hands them out."""


@dataclass
class Repository:
    """A model or a dataset: its commits, newest last, and what goes wrong with it."""

    kind: str
    """`models` or `datasets`."""
    name: str
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    gated: int = 0
    """A status, 401 or 403, that every request is refused with."""
    spoilt: dict[str, bytes] = field(default_factory=dict)
    """Content that is handed out in place of a file's, under the file's own ETag."""
    lost: set[str] = field(default_factory=set)
    """Files that are listed, and aren't there."""
    cut: dict[str, int] = field(default_factory=dict)
    """Bytes of a file after which the connection breaks, once."""

    def commit(self, **files: bytes | str) -> str:
        """Add a commit with these files (`__` is a dot in their names), and return it."""
        content = {name.replace("__", "."): text.encode() if isinstance(text, str) else text
                   for name, text in files.items()}  # fmt: skip
        return self.commit_files(content)

    def commit_files(self, content: dict[str, bytes]) -> str:
        """Add a commit with these files, and return it."""
        material = json.dumps([self.name, len(self.commits), sorted(content)])
        commit = hashlib.sha1(material.encode()).hexdigest()
        self.commits[commit] = content
        return commit

    def resolve(self, revision: str) -> str:
        """The commit that a revision stands for, or nothing."""
        newest = next(reversed(self.commits), "")
        return newest if revision == "main" else revision if revision in self.commits else ""


def git_id(content: bytes) -> str:
    """What git calls a file: the hub's ETag of a small one."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dataclass
class Hub:
    """The server."""

    url: str = ""
    cdn: str = ""
    """The same server by another name: where large files are."""
    repositories: dict[tuple[str, str], Repository] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    """Method, path and range of each request."""

    def new(self, kind: str, name: str) -> Repository:
        """An empty repository."""
        made = self.repositories[kind, name] = Repository(kind, name)
        return made


class Handler(BaseHTTPRequestHandler):
    """The part of the hub's protocol that the clients use to read."""

    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(asked)

    def answer(self, asked: bytes = b"") -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.requests.append(f"{self.command} {path} {self.headers.get('Range', '')}".strip())
        if found := re.fullmatch(r"/api/(models|datasets)/(.+?)(?:/(revision|tree|paths-info)/([^/]+)(?:/.*)?)?", path):
            self.about(found[1], found[2], found[3] or "revision", found[4] or "main", asked)
        elif found := re.fullmatch(r"/(cdn/)?(datasets/)?(.+?)/resolve/([^/]+)/(.+)", path):
            kind = "datasets" if found[2] else "models"
            self.file(kind, found[3], found[4], found[5], from_cdn=bool(found[1]))
        else:
            self.send(404, b"not found")

    def repository(self, kind: str, name: str, revision: str) -> tuple[Repository, str] | None:
        """A repository at a commit; else the refusal has been sent."""
        found = self.hub.repositories.get((kind, name))
        if found is None:
            self.send(401, b'{"error": "Repository not found"}', {"X-Error-Code": "RepoNotFound"})
        elif found.gated:
            self.send(found.gated, b'{"error": "gated"}', {"X-Error-Code": "GatedRepo"})
        elif not (commit := found.resolve(revision)):
            self.send(404, b'{"error": "no such revision"}', {"X-Error-Code": "RevisionNotFound"})
        else:
            return found, commit
        return None

    def about(self, kind: str, name: str, what: str, revision: str, asked: bytes) -> None:
        if (found := self.repository(kind, name, revision)) is None:
            return
        repository, commit = found
        files = repository.commits[commit]
        if what == "revision":
            listed = [{"rfilename": file} for file in files]
            self.send_json({"id": name, "_id": "0" * 24, "sha": commit, "siblings": listed, "private": False,
                            "gated": False, "disabled": False, "downloads": 0, "likes": 0, "tags": []})  # fmt: skip
            return
        wanted = list(files)
        if what == "paths-info":
            paths = json.loads(asked)["paths"] if asked.startswith(b"{") else re.findall(rb"paths=([^&]+)", asked)
            names = [unquote(path.decode() if isinstance(path, bytes) else path) for path in paths]
            wanted = [file for file in files if file in names]
        self.send_json([self.entry(file, files[file]) for file in wanted])

    def entry(self, file: str, content: bytes) -> dict[str, Any]:
        entry: dict[str, Any] = {"type": "file", "path": file, "size": len(content), "oid": git_id(content)}
        if file.endswith(LARGE):
            entry["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
        return entry

    def file(self, kind: str, name: str, revision: str, file: str, *, from_cdn: bool) -> None:
        if (found := self.repository(kind, name, revision)) is None:
            return
        repository, commit = found
        if file not in repository.commits[commit] or file in repository.lost:
            self.send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit})
            return
        content = repository.commits[commit][file]
        headers = {"X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
        if file.endswith(LARGE) and not from_cdn:
            linked = {"X-Linked-ETag": f'"{hashlib.sha256(content).hexdigest()}"', "X-Linked-Size": str(len(content))}
            self.send(302, b"", headers | linked | {"Location": f"{self.hub.cdn}/cdn{self.path}"})
            return
        if not file.endswith(LARGE):
            headers["ETag"] = f'"{git_id(content)}"'
        self.send_file(repository, file, repository.spoilt.get(file, content), headers)

    def send_file(self, repository: Repository, file: str, content: bytes, headers: dict[str, str]) -> None:
        start = int(found[1]) if (found := re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))) else 0
        status = 206 if start else 200
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        cut = repository.cut.pop(file, 0) if self.command == "GET" else 0
        self.send(status, content[start:], headers, cut=cut)

    def send_json(self, value: Any) -> None:
        self.send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None, cut: int = 0) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(body[:cut] if cut else body)
        if cut:
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub on loopback, without repositories."""
    made = Hub()
    handler = type("HubHandler", (Handler,), {"hub": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}"
    made.cdn = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def client_environment(hub: Hub, tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Makes the environment of a process with an empty cache of its own, whose hub is the local one."""

    def make(**changes: str) -> dict[str, str]:
        own = {
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tmp_path / "hf"),
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DOWNLOAD_TIMEOUT": "10",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }
        return own | changes

    return make


ASK = """
import json, sys
from tasks.errors import GadflyError
try:
    told = {asked}
except GadflyError as error:
    told = {{"error": str(error), "kind": type(error).__name__, "exit_code": error.exit_code}}
print(json.dumps(told))
"""
BASE = """(lambda base: {"identity": base_identity(base), "folder": str(base_folder(base)), "config": read_model_config(
    BaseConfig(**json.loads(sys.argv[1])))["model_type"]})(resolve_base(BaseConfig(**json.loads(sys.argv[1]))))"""
ROWS = """(lambda source: {"rows": source.frame.to_dict("records"), "identity": source.facts.identity, "licence":
    source.facts.licence, "revision": source.facts.revision})(read_source(SourceConfig(**json.loads(sys.argv[1]))))"""
IMPORTS = {
    BASE: "from tasks.base_files import *\nfrom tasks.base_files import base_identity, base_folder\n",
    ROWS: "from tasks.ingestion.config import SourceConfig\nfrom tasks.ingestion.sources import read_source\n",
}


@pytest.fixture(scope="session")
def before_the_clients(warm_start_with: Any) -> Any:
    """Runs Python in processes that have imported what the clients need, and not the clients."""
    return warm_start_with(CLIENTS_NEED)


@pytest.fixture
def ask(
    client_environment: Callable[..., dict[str, str]], before_the_clients: Any, tmp_path: Path
) -> Callable[..., dict[str, Any]]:
    """Asks, in a process of its own, for a base (`model=…`) or a dataset's rows (`hub=…`); returns them, or the error.

    `environment` changes that process's.
    """

    def run(environment: dict[str, str] | None = None, **config: Any) -> dict[str, Any]:
        asked = BASE if "model" in config else ROWS
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GADFLY_", "HF_"))}
        code, printed, complaint = before_the_clients(
            ("-c", IMPORTS[asked] + ASK.format(asked=asked), json.dumps(config)),
            CHECKOUT,
            {**inherited, "GADFLY_HOME": str(home), **client_environment(), **(environment or {})},
        )
        assert code == 0, complaint
        told: dict[str, Any] = json.loads(printed.splitlines()[-1])
        return told

    return run


@pytest.fixture
def names_the_way_in(ask: Callable[..., dict[str, Any]]) -> Callable[..., None]:
    """Asserts that a gated repository is refused with its page and how to log in, by branch and by commit."""

    def check(repository: Repository, status: int, page: str, **asked: str) -> None:
        repository.gated = status
        for revision in ("", next(iter(repository.commits))):
            told = ask(**asked, revision=revision)
            assert told["exit_code"] == 2
            assert f"{repository.name} is gated" in told["error"]
            assert page in told["error"]
            assert "hf auth login" in told["error"]

    return check
