"""What the hub reminds whom of: what would go out, and whether it helps."""
