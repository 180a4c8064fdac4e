"""The name under which this service publishes."""

SOURCE = "certificates"
