"""What drives a run: the keys of its YAML file, how it is read, and the files that come with us."""
