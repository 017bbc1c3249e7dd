"""A run's folder on disk: its layout, its lock, its checkpoints and what made them."""
