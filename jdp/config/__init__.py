"""Settings, environment and arguments: typed and checked."""
