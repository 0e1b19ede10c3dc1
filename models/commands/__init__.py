"""Writes: the one door in. Every change of a table is a function here."""
