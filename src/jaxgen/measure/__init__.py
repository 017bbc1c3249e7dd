"""Runs and images in numbers: scores, likelihoods, distances through networks."""
