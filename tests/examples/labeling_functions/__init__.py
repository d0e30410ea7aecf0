"""Signals for real sets, as worked examples: written while looking at training pins only."""
