"""Files of rows become events, by the rules of the API: all of a file or nothing, and the same file only once."""
