"""What loads the system and takes its mails: processes of their own, whose processor time is shown apart."""
