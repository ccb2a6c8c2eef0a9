"""The network as a whole, on any day, as it was known on any day. Reads only."""
