"""The story, one phase a file. Each uses nothing but what the public can reach, an organiser's token and the mailbox."""
