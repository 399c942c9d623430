"""How a step runs in a browser tab."""
