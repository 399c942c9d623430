"""All that is known of the site."""
