"""What is handed to somebody who verifies, as files: documents, credentials, and what they rest on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from services.certificates.document.issuer import describe_issuer
from services.certificates.document.keys import SigningKeys, read_public, read_signing
from services.certificates.document.produce import Order, Produced, Producer
from services.certificates.document.proof import prove
from services.certificates.document.status_list import describe_status_list
from tests.component.certificates.story import PUBLIC_URL
from tests.component.certificates.wordings import award
from tests.validators import badges, dss

LIST, PLACE = divmod(award("Ana").status_index, 131_072)


@dataclass(frozen=True)
class Handed:
    """The folder with the files, and what is in them by name."""

    folder: Path
    keys: SigningKeys
    produced: dict[str, Produced]

    @property
    def documents(self) -> list[Path]:
        return sorted(self.folder.glob("*.pdf"))

    def judged(self, *documents: Path, root: Path | None = None, revoked: Path | None = None) -> dict[str, dss.Verdict | None]:
        return dss.judge(documents, root=root or self.folder / "root.crt", revoked=revoked or self.folder / "root.crl")

    def refused(self, *credentials: Path, status_list: Path | None = None) -> dict[str, str]:
        return badges.refused(credentials, issuer=self.folder / "did.json", status_list=status_list or self.folder / "status-list.json")


def hand(folder: Path, fonts: Path, keys: Path, orders: Mapping[str, Order]) -> Handed:
    """Make what was ordered, and put it there under its names."""
    producer, signing = Producer(fonts, keys), read_signing(keys)
    produced = {name: producer.produce(one) for name, one in orders.items()}
    for name, one in produced.items():
        (folder / f"{name}.pdf").write_bytes(one.pdf)
        (folder / f"{name}.json").write_text(one.credential, encoding="utf-8")
    public = read_public(keys)
    (folder / "root.crt").write_bytes(public.root)
    (folder / "root.crl").write_bytes(public.revoked)
    (folder / "did.json").write_text(json.dumps(describe_issuer(PUBLIC_URL, public)), encoding="utf-8")
    write_list(folder / "status-list.json", signing, [])
    return Handed(folder, signing, produced)


def write_list(path: Path, keys: SigningKeys, places: list[int]) -> None:
    """The status list in which these places are not valid any more."""
    now = datetime.now(UTC)
    listed = describe_status_list(LIST, [LIST * 131_072 + place for place in places], public_url=PUBLIC_URL, at=now)
    signed = prove(listed, keys.credential, method=f"{listed['issuer']}#{keys.credential_name}", created=now)
    path.write_text(json.dumps(signed), encoding="utf-8")
