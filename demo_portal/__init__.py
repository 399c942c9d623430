"""A stand-in for the vehicle values portal, run as a process of its own: ``python -m demo_portal``."""
