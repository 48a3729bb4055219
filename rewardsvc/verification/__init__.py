"""What verifiers of several formats share: their contract, the ladder, tools, YAML, pipelines."""
