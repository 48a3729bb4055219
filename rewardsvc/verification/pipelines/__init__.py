"""What the formats of CI services share: a ladder for those in YAML, scripts, dead conditions."""
