"""The references of `turnstone-bench detection`: what the same work takes with Python's usual libraries.

usage: detection.py <folder with page.html, small.html and diff-*.txt> <rounds>

Prints one line of JSON: seconds of processor time of each round, by name.
"""
import difflib
import json
import pathlib
import re
import sys
import time

import inscriptis
import lxml.html
from bs4 import BeautifulSoup

folder = pathlib.Path(sys.argv[1])
rounds = int(sys.argv[2])
page = (folder / "page.html").read_bytes()
small = (folder / "small.html").read_bytes()
text = page.decode()
found = {}


def measure(name, work, times=1):
    work()
    samples = []
    for _ in range(rounds):
        before = time.process_time()
        for _ in range(times):
            work()
        samples.append((time.process_time() - before) / times)
    found[name] = samples


def css(source):
    tree = lxml.html.fromstring(source)
    return [inscriptis.get_text(lxml.html.tostring(e).decode()) for e in tree.cssselect("p.price, footer")]


def soup(source):
    return [e.get_text() for e in BeautifulSoup(source, "html.parser").select("p.price, footer")]


def xpath(source):
    return [e.text_content() for e in lxml.html.fromstring(source).xpath("//p[@class='price']")]


pattern = re.compile(r"\d+\.\d\d")
measure("text", lambda: inscriptis.get_text(text))
measure("parse", lambda: lxml.html.fromstring(page), 10)
measure("css", lambda: css(small), 5)
measure("soup", lambda: soup(small), 5)
measure("xpath", lambda: xpath(small), 5)
measure("regex", lambda: pattern.findall((folder / "diff-old.txt").read_text()), 5)
old = (folder / "diff-old.txt").read_text().splitlines()
for kind in ("few", "many", "all"):
    new = (folder / f"diff-{kind}.txt").read_text().splitlines()
    measure("diff " + kind, lambda: difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes())
print(json.dumps(found))
