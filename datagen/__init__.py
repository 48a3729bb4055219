"""Synthesizes instruction pairs, has the tools verify them, writes a data set."""
