"""What messages say: one file for each purpose, and what turns a letter into text, HTML and a mail."""
