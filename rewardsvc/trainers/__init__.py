"""A face for each trainer: what it calls, and how it is told that a completion is UNSCORED.

The task travels as the row of ``tasks.jsonl`` that it has there, in whatever field a trainer hands
on unread. What is UNSCORED is asked again while there is time, then told in the trainer's own
words for a fault; it is never a number.
"""
