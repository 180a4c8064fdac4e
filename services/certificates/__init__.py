"""The certificates service."""

SOURCE = "/services/certificates"
"""CloudEvents source of everything this service publishes."""
