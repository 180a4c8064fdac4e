"""How fast Atelier is, and how far that is from what the machine allows: `make bench`."""
