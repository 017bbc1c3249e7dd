"""Sources made of other sources: with fields beside, of other sizes, in other parts."""
