"""Calendars of what falls due, at secret addresses."""
