"""The settings of every process as a page for operators, from the descriptions in the code."""

from collections.abc import Iterator

from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from deploy.embedded.front_door.settings import FrontDoorSettings
from deploy.embedded.mailbox.settings import MailboxSettings
from services.certificates.settings import CertificatesSettings
from services.notifications.settings import NotificationsSettings
from services.registration.settings import RegistrationSettings
from shared.runtime.settings import ServiceSettings

_INTRODUCTION = """# Settings

Every process reads its settings from the environment. This page is generated from the code by `make documents`.
"""

_PARTS: tuple[tuple[str, type[BaseSettings], type[BaseSettings] | None], ...] = (
    ("Every service's web and worker process", ServiceSettings, None),
    ("Registration, in addition", RegistrationSettings, ServiceSettings),
    ("Notifications, in addition", NotificationsSettings, ServiceSettings),
    ("Certificates, in addition", CertificatesSettings, ServiceSettings),
    ("The front door (one machine only)", FrontDoorSettings, None),
    ("The mailbox (one machine only)", MailboxSettings, None),
)


def write_settings() -> str:
    """The page, as Markdown."""
    return "\n".join([_INTRODUCTION, *(line for title, settings, base in _PARTS for line in _part(title, settings, base))])


def _part(title: str, settings: type[BaseSettings], base: type[BaseSettings] | None) -> Iterator[str]:
    yield f"## {title}\n\n| variable | default | |\n|---|---|---|"
    prefix = settings.model_config.get("env_prefix", "")
    for name, field in settings.model_fields.items():
        if base is not None and name in base.model_fields and base.model_fields[name].description == field.description:
            continue
        default = "required" if field.default is PydanticUndefined else "none" if field.default in (None, "") else f"`{field.default}`"
        yield f"| `{prefix}{name}`".upper() + f" | {default} | {field.description or ''} |"
    yield ""
