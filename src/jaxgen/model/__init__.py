"""Trained runs, and what is done with one: searches, completions, edits."""
