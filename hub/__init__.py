"""What people and systems talk to: pages, JSON API, the command line, the local runtime."""
