"""What may be recorded about training, given what was recorded before. Pure: time comes in, sentences come out."""
