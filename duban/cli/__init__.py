"""The command line: `commands` as they are typed, `app` that puts them together, and the files that do their work."""
