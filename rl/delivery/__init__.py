"""What becomes of a model that was trained: files that others load, and versions of it."""
