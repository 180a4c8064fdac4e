"""`python -m bench.parts.certificates`: makes certificates, whole or a part of each, in this process or in a pool of others.

Every certificate is of another person, in two languages and the scripts of the demonstration's people.
"""

import argparse
import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from bench.fill.messages import recorded
from bench.program import Stopwatch
from deploy.demo.people import load_applicants
from services.certificates.document.credential import describe
from services.certificates.document.keys import read_signing
from services.certificates.document.pool import RenderingPool
from services.certificates.document.produce import Order, Producer
from services.certificates.document.proof import prove
from services.certificates.document.render import Typesetter, _qr_code
from services.certificates.document.seal import Sealer
from services.certificates.document.wording import Award, word
from services.certificates.domain.certificate import make_verification_token
from services.certificates.domain.hashed_address import hash_address
from services.certificates.domain.serial import make_serial
from services.certificates.settings import CertificatesSettings

WARM_UP = 10
"""Certificates before anything is counted: a process keeps what it has read of fonts and contexts."""
PARTS = ("whole", "page", "credential", "code", "seal")


def orders(count: int) -> list[Order]:
    """As many, each of its own."""
    workshop, now = recorded(), datetime.now(UTC)
    made = []
    for number, person in enumerate(islice(cycle(load_applicants()), count)):
        award = Award(
            name=f"{person.certificate_name} {number}",
            language=person.language,
            attended=frozenset(session.code for session in workshop.sessions[:2]),
            serial=make_serial(now.year),
            issued_at=now,
            token=make_verification_token(),
            status_index=number,
            public_url="https://atelier.example",
        )
        wording = word(workshop, award)
        made.append(Order(wording, describe(workshop, award, wording, address=hash_address(person.address, workshop.workshop_id)), now))
    return made


def work(part: str, fonts: Path, keys: Path, made: list[Order]) -> Callable[[Order], Any]:
    """What is done to each."""
    if part == "whole":
        return Producer(fonts, keys).produce
    typesetter, signing = Typesetter(fonts), read_signing(keys)
    sealer = Sealer(signing.seal, signing.seal_certificate, signing.chain)
    page = typesetter.pdf(made[0].wording)
    parts: dict[str, Callable[[Order], Any]] = {
        "page": lambda order: typesetter.pdf(order.wording),
        "credential": lambda order: prove(order.credential, signing.credential, method="did:web:a#b", created=order.issued_at),
        "code": lambda order: _qr_code(order.wording.verify_url),
        "seal": lambda order: sealer.seal(page, at=order.issued_at),
    }
    return parts[part]


async def in_a_pool(processes: int, fonts: Path, keys: Path, made: list[Order]) -> None:
    """Real time is what counts: the work is done elsewhere."""
    pool = RenderingPool(processes=processes, font_directory=fonts, keys_directory=keys)
    await asyncio.gather(*map(pool.produce, orders(WARM_UP * processes)))
    watch = Stopwatch.start()
    await asyncio.gather(*map(pool.produce, made))
    watch.tell(len(made))
    pool.close()


def main() -> None:
    """Fonts and keys are where the settings say."""
    parser = argparse.ArgumentParser(prog="python -m bench.parts.certificates", description=__doc__)
    parser.add_argument("--part", choices=PARTS, default="whole")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--processes", type=int, default=0, help="so many in a pool; 0 is this one alone")
    asked, settings = parser.parse_args(), CertificatesSettings()
    if settings.font_directory is None or settings.keys_directory is None:
        parser.error("fonts or keys are not configured")
    fonts, keys, made = settings.font_directory, settings.keys_directory, orders(asked.count + WARM_UP)
    if asked.processes:
        asyncio.run(in_a_pool(asked.processes, fonts, keys, made[WARM_UP:]))
        return
    do = work(asked.part, fonts, keys, made)
    for order in made[:WARM_UP]:
        do(order)
    watch = Stopwatch.start()
    for order in made[WARM_UP:]:
        do(order)
    watch.tell(asked.count)


if __name__ == "__main__":
    main()
