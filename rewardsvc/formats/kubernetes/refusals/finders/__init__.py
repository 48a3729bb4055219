"""What rows ask of a value where no check of single values says it, by API area as the rows."""
