"""The faults, one group a file. Each exports FAULTS; `tests.faults.matrix.catalogue` joins them."""
