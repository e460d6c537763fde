#!/usr/bin/env python3
"""Checks a page of cgm report: report_page.py PAGE [TEXT...]. Every element is closed in its order, every table has a caption and
headings with a scope, every picture a text, every control a label; nothing is loaded; ids are there once and references lead to them;
each TEXT is in it. Prints what is wrong, and exits with 1."""
import base64
import json
import re
import sys
from html.parser import HTMLParser

VOID = {"meta", "link", "img", "input", "br", "path", "rect", "circle"}
LOADS = {"src", "href", "action", "data", "srcset", "poster", "xlink:href"}


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.wrong, self.open, self.ids, self.wanted, self.labels = [], [], [], [], set()
        self.controls, self.tables, self.images, self.text = [], 0, [], []
        self.scripts, self.script = {}, None

    def bad(self, what):
        self.wrong.append(f"line {self.getpos()[0]}: {what}")

    def handle_starttag(self, tag, pairs):
        a = dict(pairs)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in a:
            self.ids.append(a["id"])
        for name in LOADS & a.keys():
            if not (a[name].startswith("data:") or a[name].startswith("#")):
                self.bad(f"<{tag}> loads {a[name][:40]}")
            if a[name].startswith("#"):
                self.wanted.append(a[name][1:])
        for name in ("aria-labelledby", "for"):
            if name in a:
                self.wanted.append(a[name])
        if tag == "label":
            self.labels.add(a.get("for"))
        if tag == "input":
            self.controls.append(a.get("id"))
        if tag == "img":
            self.images.append(a["src"])
            if not a.get("alt"):
                self.bad("a picture without a text")
        if tag == "svg" and not (a.get("role") == "img" and a.get("aria-label")):
            self.bad("a drawing without a text")
        if tag == "table":
            self.tables += 1
            self.captioned = False
        if tag == "caption":
            self.captioned = True
        if tag == "th" and a.get("scope") not in ("row", "col"):
            self.bad("a heading without a scope")
        if tag == "script":
            self.script = a.get("id")

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.bad(f"</{tag}> closes what is not open")
        if tag == "table" and not self.captioned:
            self.bad("a table without a caption")
        if tag == "script":
            self.script = None

    def handle_data(self, data):
        if self.script:
            self.scripts[self.script] = self.scripts.get(self.script, "") + data
        self.text.append(data)


def check_frames(page):
    """The slider's pictures are PNG files, as many for each value as there are images."""
    for name, text in page.scripts.items():
        frames = json.loads(text)
        for kind, steps in frames["pictures"].items():
            if len(steps) != len(frames["texts"]["values"]) or len({len(s) for s in steps}) != 1:
                page.bad(f"{name}: {kind} has not a picture for each value and image")
            for picture in (p for s in steps for p in s):
                if not base64.b64decode(picture, validate=True).startswith(b"\x89PNG\r\n"):
                    page.bad(f"{name}: {kind} has something that is no PNG file")


def main(path, *texts):
    source = open(path, encoding="utf-8").read()
    page = Page()
    page.feed(source)
    page.close()
    if page.open:
        page.bad(f"never closed: {page.open}")
    if len(set(page.ids)) != len(page.ids):
        page.bad("an id is there twice")
    for wanted in page.wanted:
        if wanted not in page.ids:
            page.bad(f"nothing has the id {wanted}")
    for control in page.controls:
        if control not in page.labels:
            page.bad(f"the control {control} has no label")
    for image in page.images:
        if not re.match(r"data:image/(png|svg\+xml);base64,[A-Za-z0-9+/]+=*$", image):
            page.bad(f"a picture that is no data: {image[:40]}")
    if re.search(r"@import|url\(", source):
        page.bad("the style loads something")
    check_frames(page)
    said = " ".join(" ".join(page.text).split())
    for text in texts:
        if text not in said:
            page.bad(f'the page does not say "{text}"')
    for wrong in page.wrong:
        print(f"{path}: {wrong}")
    return 1 if page.wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
