"""Real boundaries of authorities, once somebody imported them: read from a file, drawn small, kept by code."""
