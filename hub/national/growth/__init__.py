"""How the network grows: a curve fitted to its past, what it expects, and how well such forecasts did."""
