"""Deterministic simulation: the product's own code, one step at a time, in an order that a tape decides."""
