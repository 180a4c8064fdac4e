"""The link to a person's own page, which nobody has but the person: it comes by mail."""

from urllib.parse import urlsplit

from deploy.demo.inbox import Inbox


async def find_personal_page(inbox: Inbox, address: str) -> str:
    """The link in the latest of a person's mails that has one. Raises LookupError where there is none."""
    for entry in reversed(await inbox.entries(address=address)):
        for link in await inbox.links(entry["number"]):
            if urlsplit(link).path.startswith("/my/"):
                return link
    raise LookupError("None of a person's mails has a link to the personal page.")
