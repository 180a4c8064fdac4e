"""The certificate as a document: its words, its typeface, its template, and the processes that set it."""
