"""The audit: what was owed, found out anew by other code than the sweep's, beside what is on record.

Nothing here writes, and nothing rests on the sweep's rule (`models.escalation.decide`) or takes the watch table for
the truth. What the policy document says, the calendar's days and the rows that people's deeds left are read afresh.
"""
