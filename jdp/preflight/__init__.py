"""Whether a run could start now: each check gives items, which `scrapy preflight` prints."""
