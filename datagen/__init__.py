"""Makes verified instruction pairs for infrastructure code: sample, write, verify, keep."""
