"""The egg for Scrapyd: `python setup.py bdist_egg`. What jdp needs is installed beside Scrapyd (requirements.txt)."""

import re
from pathlib import Path

from setuptools import find_packages, setup

version = re.search(r'__version__ = "(.+)"', Path("jdp/__init__.py").read_text(encoding="utf-8"))
assert version is not None, "jdp/__init__.py names no version"

setup(
    name="jdp",
    version=version[1],
    packages=find_packages(include=["jdp", "jdp.*"]),
    package_data={"": ["*.js", "*.html", "*.css"]},
    entry_points={"scrapy": ["settings = jdp.settings"]},
    python_requires=">=3.11",
    zip_safe=True,  # Scrapyd imports the egg as the zip file that it is
)
