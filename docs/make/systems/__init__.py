"""The pages of docs/systems, a family each."""
