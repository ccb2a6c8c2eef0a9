"""What a rule is, and whom rules want reminded of what. Reads and decides; records and sends nothing."""
