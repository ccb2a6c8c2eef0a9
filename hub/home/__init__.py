"""A Catalyst's home: what waits for them."""
