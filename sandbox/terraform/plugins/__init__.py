"""Providers as processes: the table of them, their wire, a pool of warm ones, relays to them."""
