"""The report as one page: templates, scripts and styles that are put together into a single HTML file."""
