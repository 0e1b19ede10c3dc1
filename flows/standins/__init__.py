"""Stand-ins of the vendors: small servers on this machine that answer as the vendors say they do."""
