"""What somebody who works with the hub is reminded of, how they want to be, and the demonstration's mailbox."""
