"""The demo network: invented, deterministic, and true to the published totals on its last day."""
