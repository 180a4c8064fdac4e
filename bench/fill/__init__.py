"""Rows as they would be, put straight into a database of one service: what is measured is not how they came there."""
