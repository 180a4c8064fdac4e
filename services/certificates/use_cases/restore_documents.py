"""Put PDF files from a backup back to the certificates that lack theirs."""

from collections.abc import Callable

from services.certificates.document.attached import attached_credential
from services.certificates.storage import documents
from services.certificates.storage.documents import WithoutDocument
from shared.runtime.database import Connection

Find = Callable[[str, str], bytes | None]
"""From serial and SHA-256 to the document with exactly these bytes, if there is one."""


async def restore_documents(connection: Connection, find: Find) -> tuple[int, list[WithoutDocument]]:
    """Restore what is found. Returns how many were, and those that still lack theirs.

    A document is taken only if its bytes have the sum that was told when it was issued: another one, however alike, is not what was handed
    out and sealed.
    """
    lacking = await documents.read_without_document(connection)
    missing = []
    for certificate in lacking:
        pdf = find(certificate.serial, certificate.sha256)
        if pdf is None:
            missing.append(certificate)
        else:
            # These bytes are those that were issued, by their sum
            credential = attached_credential(pdf)
            await documents.store_document(connection, certificate.registration_id, certificate.edition, pdf, credential)
    return len(lacking) - len(missing), missing
