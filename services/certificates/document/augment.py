"""Makes a sealed document provable for longer: PAdES B-T, or B-LTA where the authority's root is known (ETSI EN 319 142-1, 6.3).

A time-stamp of an authority says that the seal was there before a moment, whatever becomes of its certificate; with the certificates and
lists of withdrawn ones beside it, a validator needs nothing but the file and the roots. All of it is appended: the sealed bytes stay the
first ones of the file.
"""

import asyncio
from base64 import b64encode
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import InvisSigSettings
from pyhanko.sign.signers import PdfTimeStamper
from pyhanko.sign.signers.pdf_signer import TimestampDSSContentSettings
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.validation import async_validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore, collect_validation_info
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from services.certificates.document.keys import PublicKeys, read_public
from services.certificates.document.later_versions import is_kept

_FIELD = "Time"
_ALGORITHM = "sha256"
_PATIENCE = 20
"""Seconds for an answer of the authority."""


class AuthorityUnavailableError(RuntimeError):
    """The authority does not answer, or refuses. No document's fault."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A time-stamp authority (RFC 3161, over HTTP). With a name and a password where it asks for them."""

    url: str
    user: str | None = None
    password: str | None = None


class _Writer(IncrementalPdfFileWriter):
    def _update_meta(self) -> None:
        """Not even the moment of the last change: the document is not changed."""


class Augmenter:
    """Made once and kept: it knows how long the authority's answers are, and its certificates.

    Args:
        authority: is asked once for each document, and once in the beginning.
        keys_directory: has the roots, and what of them is withdrawn; read each time.
    """

    def __init__(self, authority: Authority, keys_directory: Path) -> None:
        self._authority = authority
        self._keys_directory = keys_directory
        self._asking = self._new()

    def augment(self, pdfs: Sequence[bytes]) -> list[bytes | str]:
        """What is to be appended to each, or why there is nothing. Raises AuthorityUnavailableError."""
        return asyncio.run(self._all(pdfs))

    async def _all(self, pdfs: Sequence[bytes]) -> list[bytes | str]:
        keys = read_public(self._keys_directory)
        return await asyncio.gather(*(self._one(pdf, keys) for pdf in pdfs))

    async def _one(self, pdf: bytes, keys: PublicKeys) -> bytes | str:
        try:
            augmented = await self._stamp(pdf, keys)
            await _prove(augmented, keys)
        except TimestampRequestError as error:
            raise AuthorityUnavailableError(f"{error}: {error.__cause__ or ''}") from error
        except Exception as error:  # noqa: BLE001 - certificates, lists and answers of others are wrong in many ways
            # Another certificate of the authority may answer now than the one that is remembered
            self._asking = self._new()
            return f"{type(error).__name__}: {error}"
        return augmented[len(pdf) :]

    def _new(self) -> HTTPTimeStamper:
        given = f"{self._authority.user}:{self._authority.password or ''}".encode()
        headers = {"Authorization": f"Basic {b64encode(given).decode()}"} if self._authority.user else {}
        return HTTPTimeStamper(self._authority.url, timeout=_PATIENCE, headers=headers)

    async def _stamp(self, pdf: bytes, keys: PublicKeys) -> bytes:
        file = BytesIO(pdf)
        writer = _Writer(file)
        [seal] = writer.prev.embedded_signatures
        if not keys.time:
            await self._add_time(writer, None)
            return file.getvalue()
        async with (
            aclosing(_context(keys.trusted, lists=[keys.revoked], fetches=not _is_own(seal, keys))) as of_seal,
            aclosing(_context(keys.time, fetches=True)) as of_authority,
        ):
            paths = await collect_validation_info(seal, of_seal)
            DocumentSecurityStore.supply_dss_in_writer(writer, None, paths=paths, validation_context=of_seal)
            await self._add_time(writer, of_authority)
        return file.getvalue()

    async def _add_time(self, writer: IncrementalPdfFileWriter, context: ValidationContext | None) -> None:
        await PdfTimeStamper(self._asking, _FIELD, InvisSigSettings(box_out_of_bounds=True)).async_timestamp_pdf(
            writer,
            _ALGORITHM,
            validation_context=context,
            in_place=True,
            # Under the time-stamp, so that it vouches for them too
            dss_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
        )


async def _prove(augmented: bytes, keys: PublicKeys) -> None:
    """What a validator would find, from the file and the roots alone. Raises ValueError."""
    reader = PdfFileReader(BytesIO(augmented))
    seal, stamp = reader.embedded_signatures
    given = {"trust_roots": _certificates(keys.time), "allow_fetching": False, "revocation_mode": "hard-fail"}
    context = DocumentSecurityStore.read_dss(reader).as_validation_context(given) if keys.time else ValidationContext(trust_roots=[])
    found = await async_validate_pdf_timestamp(stamp, validation_context=context)
    if not (is_kept(seal) and found.intact and found.valid and (found.trusted or not keys.time)):
        raise ValueError("the time-stamp does not hold")


def _is_own(seal: EmbeddedPdfSignature, keys: PublicKeys) -> bool:
    """Whether the seal is under the own root, whose list is here and need not be fetched."""
    return bool(seal.signer_cert.issuer == asn1_x509.Certificate.load(keys.root).subject)


def _context(roots: Iterable[bytes], *, lists: Iterable[bytes] = (), fetches: bool) -> ValidationContext:
    # Whoever names where its list is must have one: without it the document would prove less than it claims
    return ValidationContext(trust_roots=_certificates(roots), crls=list(lists), allow_fetching=fetches, revocation_mode="hard-fail")


def _certificates(roots: Iterable[bytes]) -> list[asn1_x509.Certificate]:
    return [asn1_x509.Certificate.load(root) for root in roots]
