"""The egg for Scrapyd: `python setup.py bdist_egg`. What jdp needs is installed beside Scrapyd (requirements.txt)."""

from setuptools import find_packages, setup

setup(
    name="jdp",
    version="1.0.0",
    packages=find_packages(include=["jdp", "jdp.*"]),
    package_data={"jdp.pages": ["*.js"], "jdp.run_page": ["*.html", "*.css", "*.js"]},
    entry_points={"scrapy": ["settings = jdp.settings"]},
    python_requires=">=3.11",
    zip_safe=True,  # Scrapyd imports the egg as the zip file that it is
)
