"""What there is to see of a run while it goes on."""
