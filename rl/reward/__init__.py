"""From a completion to what a trainer may learn from: a reward, or nothing."""
