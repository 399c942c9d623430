"""The commands beside and in place of Scrapy's own."""
