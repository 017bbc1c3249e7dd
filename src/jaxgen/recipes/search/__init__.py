"""Searches for codes against frozen nets."""
