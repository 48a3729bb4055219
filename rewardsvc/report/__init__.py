"""What reports are made of: figures with intervals, and a page. Needs the extra ``report``."""
