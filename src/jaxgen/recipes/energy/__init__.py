"""Energies, and chains that climb them."""
