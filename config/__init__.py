"""What may be tuned: settings, policy, calendars, wording, offices."""
