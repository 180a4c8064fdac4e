"""Static checks, and the locks: what `make check` and `make lock` run."""
