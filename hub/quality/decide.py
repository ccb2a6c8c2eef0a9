"""What may be recorded about quality, given what was recorded before. Pure: time comes in, sentences come out."""
