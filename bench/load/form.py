"""The form as visitors fill it in: ten fields, by people with names in many scripts, each with an address of their own."""

import uuid
from collections.abc import Iterator
from itertools import cycle
from urllib.parse import quote, urlencode

from deploy.demo.people import load_applicants

DOMAIN = "visitors.example"


def bodies(mark: str) -> Iterator[tuple[str, str]]:
    """Without end: an address that nobody else has, and the urlencoded form without its token. `mark` tells one run from the others."""
    people = [urlencode(person.form_values() | {"address": ""}).replace("address=&", "") for person in load_applicants()]
    for number, person in enumerate(cycle(people)):
        address = f"v{number}.{mark}@{DOMAIN}"
        yield address, f"address={quote(address)}&{person}"


def with_token(body: str, token: str | None = None) -> bytes:
    """The form as it is sent; with a token of its own where none was read from a page."""
    return f"form_token={token or uuid.uuid4()}&{body}".encode("ascii")
