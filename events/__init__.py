"""What happened and what it adds up to: event types, the ledger, the vault, projections. No web, no queue."""
