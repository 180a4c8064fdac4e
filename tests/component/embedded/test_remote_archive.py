import io
import os
import re
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deploy.embedded.remote_archive import RangesRefusedError, read_members

WANTED = os.urandom(300_000)


def make_archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("large", os.urandom(8_000_000))
        archive.writestr("fonts/wanted", WANTED)
        archive.writestr("also large", os.urandom(8_000_000))
    return buffer.getvalue()


class Server(ThreadingHTTPServer):
    ranges = True
    sent = 0
    content = b""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_HEAD(self) -> None:
        self.send_response(200)
        if self.server.ranges:
            self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()

    def do_GET(self) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"])
        assert asked is not None
        part = self.server.content[int(asked[1]) : int(asked[2]) + 1]
        self.server.sent += len(part)
        self.send_response(206)
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        running.content = make_archive()
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_a_member_is_read_without_fetching_the_rest(server: Server) -> None:
    calls: list[None] = []

    found = read_members(f"http://127.0.0.1:{server.server_port}/a.jar", ["fonts/wanted"], lambda: calls.append(None))

    assert found == {"fonts/wanted": WANTED}
    assert len(calls) == 1
    assert server.sent < len(server.content) / 4


def test_a_server_that_refuses_ranges_is_told_apart(server: Server) -> None:
    server.ranges = False

    with pytest.raises(RangesRefusedError):
        read_members(f"http://127.0.0.1:{server.server_port}/a.jar", ["fonts/wanted"], lambda: None)
