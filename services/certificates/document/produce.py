"""From words and credential to the document that is handed out: proof, page, seal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.certificates.document.enveloped import envelop
from services.certificates.document.keys import Newest, read_signing
from services.certificates.document.proof import prove
from services.certificates.document.render import Typesetter
from services.certificates.document.seal import Sealer
from services.certificates.document.wording import Wording


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made: the words of the page, and the credential without its proof."""

    wording: Wording
    credential: Mapping[str, Any]
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Produced:
    """A sealed PDF, the credential that lies in it, as JSON, and the same as a VC-JWT."""

    pdf: bytes
    credential: str
    enveloped: str


class Producer:
    """Made once and kept: a compiler, and the newest keys.

    Args:
        font_directory: the typeface's files.
        keys_directory: the keys' files.
        names: which of them; the newest by default.
    """

    def __init__(self, font_directory: Path, keys_directory: Path, names: Newest | None = None) -> None:
        self._typesetter = Typesetter(font_directory)
        self._keys = read_signing(keys_directory, names)
        self._sealer = Sealer(self._keys.seal, self._keys.seal_certificate, self._keys.chain)

    def produce(self, order: Order) -> Produced:
        """Raises UnsettableError. The same order gives the same page and credential; the seal carries the real time at which it is made."""
        method = f"{order.credential['issuer']['id']}#{self._keys.credential_name}"
        proven = prove(order.credential, self._keys.credential, method=method, created=order.issued_at)
        credential = json.dumps(proven, ensure_ascii=False, indent=1)
        page = self._typesetter.pdf(order.wording, credential.encode())
        return Produced(
            pdf=self._sealer.seal(page, at=datetime.now(UTC)),
            credential=credential,
            enveloped=envelop(order.credential, self._keys.credential, method=method),
        )
