"""Where what took time to find is kept beyond this process: SQLite, Redis, and their guard."""
