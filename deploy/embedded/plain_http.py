"""Asking processes on this machine, which speak plain HTTP."""

import functools
import ssl


@functools.cache
def no_authorities() -> ssl.SSLContext:
    """For httpx's `verify`: reading the certificates of the world for each question costs more than the question."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
