"""Lists that page, filter and sort in the database, and leave as CSV or a spreadsheet just as they are filtered."""
