"""Data Integrity proofs of the cryptosuite `eddsa-rdfc-2022` (W3C: Data Integrity EdDSA Cryptosuites 1.0, section 3.2).

What is signed are two hashes: of the proof's own options and of the document, each as canonical N-Quads (W3C: RDF Dataset
Canonicalization). So a term that no context defines would stand in the document and not be signed; here it is an error.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pyld import jsonld

from services.certificates.document.multibase import base58_decoded, base58_encoded

CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_MORE = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
_CONTEXTS = {
    CREDENTIALS: "credentials-v2.json",
    OPEN_BADGES: "open-badges-3.0.3.json",
    OPEN_BADGES_MORE: "open-badges-extensions.json",
}
_NOWHERE = "https://nowhere.invalid/"
"""What a relative address is made absolute with, so that none goes unnoticed."""
_FOLDER = Path(__file__).with_name("contexts")
_SUITE = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "proofPurpose": "assertionMethod"}


class UndefinedTermError(ValueError):
    """The document says something that no context defines, so that no signature would cover it. The text names it."""


class UnknownContextError(LookupError):
    """The document names a context that is not kept here. None is ever fetched."""


def prove(document: Mapping[str, Any], key: Ed25519PrivateKey, *, method: str, created: datetime) -> dict[str, Any]:
    """The document with its proof, as the one entry of a list.

    Args:
        document: JSON-LD without a proof.
        key: the private key.
        method: the address of the public one, `did:…#…`.
        created: carries a zone.

    The same input gives the same proof. Raises UndefinedTermError and UnknownContextError.
    """
    options = {**_SUITE, "created": moment(created), "verificationMethod": method}
    value = "z" + base58_encoded(key.sign(_to_sign(document, options)))
    return {**document, "proof": [{**options, "proofValue": value}]}


def holds(document: Mapping[str, Any], key: Ed25519PublicKey) -> bool:
    """Whether the one proof of a document was made by this key over what the document says now. False where it has none, or several."""
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    try:
        [proof] = document["proof"]
        options = {name: value for name, value in proof.items() if name != "proofValue"}
        if not _SUITE.items() <= options.items():
            return False
        key.verify(base58_decoded(proof["proofValue"].removeprefix("z")), _to_sign(unsigned, options))
    except Exception:  # noqa: BLE001 - whatever is wrong with what a stranger hands in, it proves nothing
        return False
    return True


def moment(value: datetime) -> str:
    """As XML Schema's dateTimeStamp, in whole seconds of UTC."""
    return value.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _to_sign(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    with_context = {"@context": document["@context"], **options}
    return hashlib.sha256(canonical(with_context)).digest() + hashlib.sha256(canonical(document)).digest()


def canonical(document: Mapping[str, Any]) -> bytes:
    """The document's statements in their one order, as N-Quads. Raises UndefinedTermError and UnknownContextError."""
    dropped: list[str] = []
    options = {"base": _NOWHERE, "documentLoader": _load}
    expanded = jsonld.expand(dict(document), options, on_property_dropped=lambda name: dropped.append(str(name)))
    if undefined := [*dropped, *_relative(expanded)]:
        raise UndefinedTermError(f"no context defines {', '.join(sorted(set(undefined)))}")
    quads: str = jsonld.normalize(expanded, {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _load})
    return quads.encode()


def _relative(expanded: Any) -> list[str]:
    """Types and addresses that are mere words: each reader would take them for something else."""
    if isinstance(expanded, str):
        return [expanded.removeprefix(_NOWHERE)] if expanded.startswith(_NOWHERE) else []
    inner = expanded.values() if isinstance(expanded, dict) else expanded if isinstance(expanded, list) else ()
    return [found for one in inner for found in _relative(one)]


def _load(url: str, _options: object) -> dict[str, Any]:
    if url not in _LOADED:
        raise UnknownContextError(url)
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": _LOADED[url]}


_LOADED = {url: json.loads((_FOLDER / file).read_bytes()) for url, file in _CONTEXTS.items()}
