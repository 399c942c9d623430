"""What jdp changes of Scrapy's engine and of Playwright: every private name of theirs stands here."""
