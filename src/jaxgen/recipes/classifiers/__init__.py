"""What learns from labels, for others to measure by."""
