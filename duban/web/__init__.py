"""The web desk: pages for people who were written to, and the health of the installation for who watches it."""
