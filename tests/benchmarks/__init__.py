"""How fast Trellis is, held against baselines measured in the same run on the same server."""
