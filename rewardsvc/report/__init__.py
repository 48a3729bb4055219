"""What reports are made of: figures with their intervals. Needs the extra ``report``."""
