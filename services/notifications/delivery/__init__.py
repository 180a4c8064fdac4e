"""Handing messages to the mail server."""
