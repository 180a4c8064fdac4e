"""A service as an argument of commands."""

from enum import StrEnum


class Service(StrEnum):
    """The three there are."""

    REGISTRATION = "registration"
    NOTIFICATIONS = "notifications"
    CERTIFICATES = "certificates"
