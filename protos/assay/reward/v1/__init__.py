"""Generated stubs of the wire contract; see reward.proto."""
