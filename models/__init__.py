"""What is true: words, pure rules, tables, reads and writes. Imports nothing of ours."""
