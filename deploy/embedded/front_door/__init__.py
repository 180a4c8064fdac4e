"""One address for everything: a reverse proxy before the services, and a start page."""
