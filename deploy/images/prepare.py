"""Before the services start: databases with their users, tables, topics, keys of sessions and of certificates. Safe to repeat.

Run as `python -m deploy.images.prepare`, with ATELIER_ADMINISTRATOR_URL, ATELIER_<SERVICE>_PASSWORD for each service,
ATELIER_KAFKA_BOOTSTRAP, ATELIER_PUBLIC_URL, ATELIER_KEYS_DIRECTORY, ATELIER_PUBLIC_KEY_DIRECTORY, ATELIER_CERTIFICATE_KEYS_DIRECTORY and
ATELIER_CERTIFICATE_PUBLIC_KEYS_DIRECTORY.
"""

import asyncio
import shutil
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.embedded.certificate_keys import copy_public, ensure_certificate_keys
from deploy.embedded.databases import SERVICES, Databases
from deploy.embedded.session_keys import PUBLIC, ensure_session_keys
from shared.runtime.migrations import migrate
from shared.runtime.provisioning import provision_topics

Password = Annotated[SecretStr, Field(min_length=1, description="Password of the service's database user")]


class PrepareSettings(BaseSettings):
    """What the preparation needs to know."""

    model_config = SettingsConfigDict(env_prefix="ATELIER_", frozen=True, extra="ignore", hide_input_in_errors=True)

    administrator_url: SecretStr = Field(description="PostgreSQL as a user who may create databases and roles")
    registration_password: Password
    notifications_password: Password
    certificates_password: Password
    kafka_bootstrap: str = Field(description="Kafka's bootstrap servers, as host:port, comma-separated")
    topic_prefix: str = Field(default="", description="Put before the names of topics")
    erasure_bound_seconds: int = Field(default=86_400, description="As in the services' settings")
    replication_factor: int = Field(default=1, ge=1, description="Of new topics; 3 on a cluster")
    keys_directory: Path = Field(description="Where the keys of organisers' sessions are kept; for registration only")
    public_key_directory: Path = Field(description="Where the public key is left for everybody")
    certificate_keys_directory: Path = Field(description="Where the keys of certificates are kept; for the worker of certificates only")
    certificate_public_keys_directory: Path = Field(description="Where their public halves are left for the web process of certificates")
    public_url: str = Field(description="As in the services' settings; seals say that their root is found there")

    def passwords(self) -> dict[str, str]:
        """By service."""
        return {
            "registration": self.registration_password.get_secret_value(),
            "notifications": self.notifications_password.get_secret_value(),
            "certificates": self.certificates_password.get_secret_value(),
        }


async def prepare(settings: PrepareSettings) -> None:
    """Do all of it, in order."""
    ensure_session_keys(settings.keys_directory)
    shutil.copyfile(settings.keys_directory / PUBLIC, settings.public_key_directory / PUBLIC)
    ensure_certificate_keys(settings.certificate_keys_directory, settings.public_url)
    copy_public(settings.certificate_keys_directory, settings.certificate_public_keys_directory)
    databases = Databases(settings.administrator_url.get_secret_value(), settings.passwords())
    await databases.create()
    await provision_topics(
        settings.kafka_bootstrap,
        prefix=settings.topic_prefix,
        erasure_bound_seconds=settings.erasure_bound_seconds,
        replication_factor=settings.replication_factor,
    )
    for service in SERVICES:
        await migrate(service, databases.url(service))


if __name__ == "__main__":
    asyncio.run(prepare(PrepareSettings()))
