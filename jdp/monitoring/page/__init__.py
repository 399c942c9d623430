"""The page that shows a run: run_data/report.html."""
