"""Generators and discriminators that are told something: a class, a sentence."""
