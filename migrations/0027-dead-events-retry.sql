-- The fields of the entry that a retry sends, kept before it sends them: whoever repeats the retry sends the same event.
ALTER TABLE dead_events ADD COLUMN retry_fields JSON;
