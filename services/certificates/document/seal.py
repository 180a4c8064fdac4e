"""The seal: a PAdES signature of level B-B (ETSI EN 319 142-1) that certifies the document and permits no change to it.

pyHanko writes the signature's place into the file; the signed message (CMS, RFC 5652) is put together here from parts that are the same for
every document, since pyHanko's own way takes four times as long.
"""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from asn1crypto import algos, cms
from asn1crypto import x509 as asn1_x509
from asn1crypto.parser import emit
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import as_signing_certificate_v2
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from services.certificates.document.signer import SealUnavailableError, Sign

_FIELD = "Seal"
_ALGORITHM = "sha256"
_UNIVERSAL, _CONSTRUCTED = 0, 1
_LONGEST_SIGNATURE = 72
"""Bytes of an ECDSA signature on P-256, in DER."""
_SPARE = 512
"""Bytes to be on the safe side."""


class Sealer:
    """Seals documents with one certificate.

    Args:
        sign: signs with the private key.
        certificate: the seal's.
        chain: the certificates above it, its root included.
    """

    def __init__(self, sign: Sign, certificate: x509.Certificate, chain: Sequence[x509.Certificate]) -> None:
        self._sign, self._ends = sign, certificate.not_valid_after_utc
        own, *above = [asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in (certificate, *chain)]
        named = cms.SignerIdentifier(
            {"issuer_and_serial_number": cms.IssuerAndSerialNumber({"issuer": own.issuer, "serial_number": own.serial_number})}
        )
        # What is read back from its own bytes is written as these bytes, and not put together again each time
        self._identifier = cms.SignerIdentifier.load(named.dump())
        self._certificates = cms.CertificateSet.load(cms.CertificateSet([own, *above]).dump())
        content_type = _attribute("content_type", "data")
        names_certificate = _attribute("signing_certificate_v2", as_signing_certificate_v2(own))
        self._attributes: list[bytes] = [content_type.dump(), names_certificate.dump()]
        # Measured without signing: what holds the key may be away when this is made
        self._reserved = 2 * (len(self._message(b"\0" * 32, lambda _attributes: bytes(_LONGEST_SIGNATURE))) + _SPARE)

    def seal(self, pdf: bytes, *, at: datetime) -> bytes:
        """The document, sealed. `at` is real time and carries a zone; it stands in the seal as what the signer says.

        Raises SealUnavailableError once the certificate has ended: a seal from then on is worth nothing.
        """
        if at >= self._ends:
            raise SealUnavailableError(f"the seal's certificate has ended on {self._ends:%Y-%m-%d}: `atelier keys renew` makes the next")
        # An update begins on a line of its own, and the compiler's file ends without an end of line
        file = BytesIO(pdf if pdf.endswith(b"\n") else pdf + b"\n")
        place = SigFieldSpec(_FIELD, invis_sig_settings=InvisSigSettings(box_out_of_bounds=True))
        steps = PdfCMSEmbedder(place).write_cms(_FIELD, IncrementalPdfFileWriter(file))
        next(steps)
        steps.send(
            SigObjSetup(
                SignatureObject(timestamp=at, subfilter=SigSeedSubFilter.PADES, bytes_reserved=self._reserved),
                mdp_setup=SigMDPSetup(md_algorithm=_ALGORITHM, certify=True, docmdp_perms=MDPPerm.NO_CHANGES),
            )
        )
        prepared, _ = steps.send(SigIOSetup(md_algorithm=_ALGORITHM, in_place=True))
        steps.send(self._message(prepared.document_digest, self._sign))
        return file.getvalue()

    def _message(self, digest: bytes, sign: Sign) -> bytes:
        # A SET OF is in the order of its parts' bytes (X.690, 11.6)
        parts = sorted([*self._attributes, _attribute("message_digest", digest).dump()])
        attributes = emit(_UNIVERSAL, _CONSTRUCTED, cms.CMSAttributes.tag, b"".join(parts))
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": self._identifier,
                "digest_algorithm": algos.DigestAlgorithm({"algorithm": _ALGORITHM}),
                "signed_attrs": cms.CMSAttributes.load(attributes),
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
                "signature": sign(attributes),
            }
        )
        signed = cms.SignedData(
            {
                "version": "v1",
                "digest_algorithms": cms.DigestAlgorithms((algos.DigestAlgorithm({"algorithm": _ALGORITHM}),)),
                "encap_content_info": {"content_type": "data"},
                "certificates": self._certificates,
                "signer_infos": [signer],
            }
        )
        message: bytes = cms.ContentInfo({"content_type": cms.ContentType("signed_data"), "content": signed}).dump()
        return message


def _attribute(kind: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": cms.CMSAttributeType(kind), "values": (value,)})
