"""Small things that know nothing of jdp."""
