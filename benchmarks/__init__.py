"""What README's figures come from; each module prints one table."""
