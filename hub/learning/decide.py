"""What may be recorded about learning, given what was recorded before. Pure: time comes in, sentences come out."""
