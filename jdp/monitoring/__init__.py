"""What a run looks like, now and after."""
