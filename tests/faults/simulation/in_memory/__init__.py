"""A database in memory: rows with versions, row locks that are waited for, and a twin in Python of each statement."""
