"""A release comes checked and whole, or not at all: tried against a release server on loopback."""

import hashlib
import io
import socket
import tarfile
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from sandbox.toolchain.fetch import CONNECT_SECONDS, DownloadError, FetchOutcome, fetch_program
from sandbox.toolchain.providers import reachable

PROGRAM = b"\x7fELF" + bytes(range(256)) * 4000


class ReleaseServer:
    """Serves prepared answers and remembers what was asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.answers: dict[str, list[int]] = {}
        self.cut: set[str] = set()
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                waiting = outer.answers.get(self.path, [])
                status = waiting.pop(0) if waiting else 200
                content = outer.files.get(self.path)
                if status != 200 or content is None:
                    self.send_error(status if status != 200 else 404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                half = len(content) // 2
                self.wfile.write(content[:half] if self.path in outer.cut else content)

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test's output clean."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # A thread, because the server and the client under test must both run.
        self._thread = Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._http.server_port}{path}"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[ReleaseServer]:
    running = ReleaseServer()
    yield running
    running.close()


def zipped(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def tarred(members: dict[str, bytes], link: tuple[str, str] | None = None) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        if link is not None:
            entry = tarfile.TarInfo(link[0])
            entry.type, entry.linkname = tarfile.SYMTYPE, link[1]
            archive.addfile(entry)
    return made.getvalue()


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("path", "content", "member"),
    [
        ("/tool_amd64.zip", zipped({"LICENSE": b"x", "tool": PROGRAM}), "tool"),
        ("/tool.tar.gz", tarred({"LICENSE": b"x", "./tool": PROGRAM}), "tool"),
        ("/dir.tgz", tarred({"tool-1.0/tool": PROGRAM}), "tool-1.0/tool"),
        ("/tool-linux-amd64", PROGRAM, ""),
    ],
)
async def test_a_release_with_the_right_checksum_becomes_a_program(
    server: ReleaseServer, tmp_path: Path, path: str, content: bytes, member: str
) -> None:
    server.files[path] = content
    target = tmp_path / "tool" / "1.0" / "tool"
    await fetch_program(server.url(path), sha(content), member, target)
    assert target.read_bytes() == PROGRAM
    assert target.stat().st_mode & 0o111
    assert left_in(target.parent) == ["tool"]


async def test_a_wrong_checksum_is_refused_and_nothing_of_it_is_kept(
    server: ReleaseServer, tmp_path: Path
) -> None:
    server.files["/tool.zip"] = zipped({"tool": PROGRAM})
    with pytest.raises(DownloadError, match="refused") as caught:
        await fetch_program(server.url("/tool.zip"), sha(b"other"), "tool", tmp_path / "tool")
    assert caught.value.outcome is FetchOutcome.REFUSED
    assert left_in(tmp_path) == []
    assert server.asked == ["/tool.zip"], "a wrong checksum is not tried again"


async def test_the_program_that_was_there_survives_a_refused_download(
    server: ReleaseServer, tmp_path: Path
) -> None:
    server.files["/tool.zip"] = zipped({"tool": PROGRAM})
    (tmp_path / "tool").write_bytes(b"old")
    with pytest.raises(DownloadError):
        await fetch_program(server.url("/tool.zip"), sha(b"other"), "tool", tmp_path / "tool")
    assert (tmp_path / "tool").read_bytes() == b"old"


HOSTILE = {
    "zip-parent": ("/t.zip", zipped({"tool": PROGRAM, "../../evil": b"x"})),
    "zip-absolute": ("/t.zip", zipped({"tool": PROGRAM, "/etc/evil": b"x"})),
    "zip-backslash": ("/t.zip", zipped({"tool": PROGRAM, "..\\evil": b"x"})),
    "zip-lacks-it": ("/t.zip", zipped({"other": PROGRAM})),
    "zip-damaged": ("/t.zip", zipped({"tool": PROGRAM})[:-40]),
    "tar-parent": ("/t.tar.gz", tarred({"tool": PROGRAM, "a/../../evil": b"x"})),
    "tar-absolute": ("/t.tar.gz", tarred({"tool": PROGRAM, "/etc/evil": b"x"})),
    "tar-link-out": ("/t.tar.gz", tarred({"x": b"x"}, link=("tool", "../../../bin/sh"))),
    "tar-link-in": ("/t.tar.gz", tarred({"x": b"x"}, link=("tool", "x"))),
    "tar-lacks-it": ("/t.tar.gz", tarred({"other": PROGRAM})),
    "tar-damaged": ("/t.tar.gz", tarred({"tool": PROGRAM})[:-40]),
}


@pytest.mark.parametrize("case", HOSTILE)
async def test_an_archive_that_is_not_plain_is_refused_even_with_the_right_checksum(
    server: ReleaseServer, tmp_path: Path, case: str
) -> None:
    path, content = HOSTILE[case]
    server.files[path] = content
    folder = tmp_path / "a" / "b" / "c"
    with pytest.raises(DownloadError) as caught:
        await fetch_program(server.url(path), sha(content), "tool", folder / "tool")
    assert caught.value.outcome is FetchOutcome.REFUSED
    assert left_in(tmp_path) == ["a", "b", "c"]


async def test_a_download_that_breaks_off_is_tried_again_and_then_given_up(
    server: ReleaseServer, tmp_path: Path
) -> None:
    content = zipped({"tool": PROGRAM})
    server.files["/tool.zip"] = content
    server.cut.add("/tool.zip")
    with pytest.raises(DownloadError, match="broke off") as caught:
        await fetch_program(
            server.url("/tool.zip"), sha(content), "tool", tmp_path / "tool", backoff=(0, 0)
        )
    assert caught.value.outcome is FetchOutcome.FAILED
    assert len(server.asked) == 3
    assert left_in(tmp_path) == []


async def test_what_passes_by_itself_is_waited_out(server: ReleaseServer, tmp_path: Path) -> None:
    content = zipped({"tool": PROGRAM})
    server.files["/tool.zip"] = content
    server.answers["/tool.zip"] = [503, 429]
    await fetch_program(
        server.url("/tool.zip"), sha(content), "tool", tmp_path / "tool", backoff=(0, 0)
    )
    assert (tmp_path / "tool").read_bytes() == PROGRAM
    assert len(server.asked) == 3


async def test_what_is_not_there_is_asked_for_once(server: ReleaseServer, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="404") as caught:
        await fetch_program(server.url("/gone.zip"), sha(b""), "tool", tmp_path / "tool")
    assert caught.value.outcome is FetchOutcome.FAILED
    assert server.asked == ["/gone.zip"]


async def test_a_server_that_is_down_is_unreachable(tmp_path: Path) -> None:
    gone = ReleaseServer()
    url = gone.url("/tool.zip")
    gone.close()
    with pytest.raises(DownloadError, match="not reached") as caught:
        await fetch_program(url, sha(b""), "tool", tmp_path / "tool")
    assert caught.value.outcome is FetchOutcome.UNREACHABLE
    assert left_in(tmp_path) == []


async def test_a_server_that_never_takes_the_connection_is_given_up_soon(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        # One connection fills the queue; the kernel drops the next ones' attempts, as a firewall.
        with socket.create_connection(("127.0.0.1", port)):
            started = time.perf_counter()
            with pytest.raises(DownloadError) as caught:
                await fetch_program(
                    f"http://127.0.0.1:{port}/tool.zip", sha(b""), "tool", tmp_path / "tool"
                )
            assert time.perf_counter() - started < 2 * CONNECT_SECONDS
            assert caught.value.outcome is FetchOutcome.UNREACHABLE
            assert not await reachable("127.0.0.1", port)
