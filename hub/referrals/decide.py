"""What may be recorded about referrals, given what was recorded before. Pure: time comes in, sentences come out."""
