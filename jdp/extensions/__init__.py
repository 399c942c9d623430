"""What watches a run by Scrapy's signals and changes nothing of it."""
