"""The organisers' pages about messages."""
