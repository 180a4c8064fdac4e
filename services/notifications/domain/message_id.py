"""The Message-ID header: the same message has the same one, however often it is composed."""

from uuid import UUID


def message_id_header(message_id: UUID, domain: str) -> str:
    """The header's value for a message; `domain` is that of the sender's address, in ASCII."""
    return f"<{message_id}@{domain}>"


def domain_of(address: str) -> str:
    """The domain of an address, in the ASCII form that headers and SMTP need."""
    return address.rpartition("@")[2].encode("idna").decode("ascii")
