"""What an enterprise sees and tells by the link in a reminder, without an account."""
