"""What the issuer's `did:web` says: which keys sign its credentials (W3C: Controlled Identifiers 1.0)."""

from typing import Any

from services.certificates.document.credential import did_of
from services.certificates.document.enveloped import AS_JWK, jwk
from services.certificates.document.keys import PublicKeys
from services.certificates.document.multibase import multikey


def describe_issuer(public_url: str, keys: PublicKeys) -> dict[str, Any]:
    """The document. Keys that are no longer in use stay in it, since what they signed is still valid."""
    did = did_of(public_url)
    methods: list[dict[str, Any]] = [
        {"id": f"{did}#{name}", "type": "Multikey", "controller": did, "publicKeyMultibase": multikey(key)}
        for name, key in keys.credential.items()
    ]
    methods += [
        {"id": f"{did}#{name}{AS_JWK}", "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk(key)}
        for name, key in keys.credential.items()
    ]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1", "https://w3id.org/security/jwk/v1"],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }
