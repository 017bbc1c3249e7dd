"""Pictures, plots and maps."""
