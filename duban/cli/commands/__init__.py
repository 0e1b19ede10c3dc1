"""The commands as they are typed: all are loaded at every start, so each imports what it does when it runs."""
