"""A few members of a large ZIP archive, read where they lie by HTTP ranges (RFC 9110, section 14), without fetching the rest."""

import io
import zipfile
from collections.abc import Callable, Iterable
from typing import IO, cast

import httpx

_BLOCK = 256 * 1024
"""Bytes asked for at a time: the archive's directory is read in small steps and should not cost a request each."""


class RangesRefusedError(Exception):
    """The server does not answer ranges: fetch the whole archive instead."""


class _RemoteFile(io.RawIOBase):
    """A seekable view on a file behind HTTP; keeps the last block it fetched."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        self._client = client
        self._url = url
        self._position = 0
        self._block_start = 0
        self._block = b""
        self._size = self._read_size()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._size, self._position + size)
        if not self._block_start <= self._position <= end <= self._block_start + len(self._block):
            self._block_start, self._block = self._position, self._fetch(self._position, max(end, min(self._size, self._position + _BLOCK)))
        data = self._block[self._position - self._block_start : end - self._block_start]
        self._position += len(data)
        return data

    def _read_size(self) -> int:
        answer = self._client.head(self._url)
        answer.raise_for_status()
        if answer.headers.get("accept-ranges") != "bytes" or "content-length" not in answer.headers:
            raise RangesRefusedError
        return int(answer.headers["content-length"])

    def _fetch(self, start: int, end: int) -> bytes:
        if start >= end:
            return b""
        answer = self._client.get(self._url, headers={"Range": f"bytes={start}-{end - 1}"})
        answer.raise_for_status()
        if answer.status_code != httpx.codes.PARTIAL_CONTENT:
            raise RangesRefusedError
        return answer.content


def read_members(url: str, names: Iterable[str], progress: Callable[[], None]) -> dict[str, bytes]:
    """The members of the archive at `url`, by name. `progress` is called after each.

    Raises RangesRefusedError, httpx.HTTPError when the network fails, KeyError for a member that is not there, zipfile.BadZipFile.
    """
    found: dict[str, bytes] = {}
    with (
        httpx.Client(follow_redirects=True, timeout=60, headers={"Accept-Encoding": "identity"}) as client,
        zipfile.ZipFile(cast("IO[bytes]", _RemoteFile(client, url))) as archive,
    ):
        for name in names:
            found[name] = archive.read(name)
            progress()
    return found
