"""The notifications service."""

SOURCE = "/services/notifications"
"""CloudEvents source of everything this service publishes."""
