"""A TCP port of this process that can be shut and opened again without anybody else getting it meanwhile."""

import asyncio
import contextlib
import socket
from collections.abc import Callable

from deploy.embedded.ports import LOOPBACK

BACKLOG = 512
AT_ONCE = 64


class Doorway:
    """Hands over accepted sockets while it is open; while it is shut, whoever connects is refused.

    Args:
        arrive: takes each accepted socket, which does not block; the socket is then its own to close.
        port: the one to use; 0 takes a free one.
    """

    def __init__(self, arrive: Callable[[socket.socket], None], *, port: int = 0) -> None:
        self._arrive = arrive
        # Bound and never listened on: it keeps the port, and connecting to it is refused.
        self._keeper = _bound(port)
        self.port: int = self._keeper.getsockname()[1]
        self._listener: socket.socket | None = None

    @property
    def is_open(self) -> bool:
        """Whether it accepts connections."""
        return self._listener is not None

    def open(self) -> None:
        """Accept from now on."""
        if self._listener is None:
            self._listener = listener = _bound(self.port)
            listener.listen(BACKLOG)
            asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    def shut(self) -> None:
        """Refuse from now on. Connections that nobody has accepted yet are reset."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    def release(self) -> None:
        """Shut it, and give the port up."""
        self.shut()
        self._keeper.close()

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(AT_ONCE):
            try:
                arrived, _ = listener.accept()
            except OSError:  # nobody is waiting any more, or gone again before it was accepted
                return
            arrived.setblocking(False)  # noqa: FBT003  # the standard library's own signature
            self._arrive(arrived)


def slam(connection: socket.socket) -> None:
    """Close a socket so that its peer is told by a reset."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()


RESET = b"\x01\x00\x00\x00\x00\x00\x00\x00"
"""struct linger: on, zero seconds. Closing such a socket sends RST instead of FIN."""


def _bound(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setblocking(False)  # noqa: FBT003  # the standard library's own signature
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, port))
    except OSError:
        bound.close()
        raise
    return bound
