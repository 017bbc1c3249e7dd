"""Likelihoods pixel by pixel."""
