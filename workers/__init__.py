"""What happens without being asked: projecting, ticking, checking."""
