"""Reads: functions over a session that return what people and flows ask for."""
