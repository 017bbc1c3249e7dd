"""Figures of merit: pure functions of arrays."""

from jaxgen.metrics import modes as modes
