"""One page of the site each: its selectors, its steps, what is not this page."""
