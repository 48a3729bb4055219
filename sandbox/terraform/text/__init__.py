"""What the author of a configuration wrote: read, looked through, relaxed."""
