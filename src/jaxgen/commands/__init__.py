"""`jaxgen ...`: what can be done with the folders of runs, a thin dataclass each."""
