"""The fault matrix: a system under load is struck, heals, rests, and is compared with what it had promised."""
