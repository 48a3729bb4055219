"""What runs where AWS is emulated: moto, with facts of AWS that it lacks and every account sees.

Imports nothing of ours beside itself: its box sees this folder, Python and the packages alone.
"""
