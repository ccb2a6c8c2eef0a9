"""What may be recorded about renewals, given what was recorded before. Pure: time comes in, sentences come out."""
