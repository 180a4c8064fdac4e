"""Small programs that do nothing but the unavoidable I/O of one path: what the machine allows."""
