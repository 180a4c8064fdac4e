"""The registration service."""

SOURCE = "/services/registration"
"""CloudEvents source of everything this service publishes."""
