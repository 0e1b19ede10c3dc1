"""The command line: light modules hold the commands; a command imports the heavier ones that do its work."""
