"""Encoders and decoders, with and without a bound or an adversary."""
