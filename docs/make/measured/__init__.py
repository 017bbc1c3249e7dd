"""The pages of what was measured across systems."""
