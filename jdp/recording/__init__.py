"""What the portal's pages are like, kept as a capture that tells of nobody."""
