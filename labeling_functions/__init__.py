"""One folder per signal: its classes, its guideline and the functions that vote on it."""
