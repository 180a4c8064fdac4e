"""A mailbox for everybody: a real SMTP server that keeps what it accepts, and pages that show it."""
