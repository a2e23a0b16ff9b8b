"""Open every page of the documentation site in a real browser, and say what is wrong with it.

    pip install playwright; apt-get install chromium        # or: playwright install chromium
    python tools/site.py build
    python tools/look.py [--screenshots FOLDER] [--katex katex-0.16.11.tgz] [PAGE …]

The pages of _docs/ are served on this computer and looked at as on a screen, 1280 pixels wide, and as on a
phone, 390. Formulas are rendered by KaTeX, which the pages fetch from its host. Where that cannot be reached,
`npm pack katex@0.16.11` gives an archive with the same files, and `--katex` answers the requests from it; an
archive of another version than the pages ask for is refused. No other request leaves the computer: fonts of
the theme are answered with nothing, so that letters are those of the system.

First of all the tool looks at a page with planted mistakes, and must notice each.
Exit status 1, and one line for each fault, if something is wrong.
"""
import argparse
import http.server
import json
import mimetypes
import re
import shutil
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, sync_playwright
from project import root

SITE = root / "_docs"
WIDTHS = {1280: 900, 390: 844} # width and height of the window
WHOLE = ("experiments/table1.html", 1280) # the first table of this page needs no scrolling at this width
SHOWN = dict(home="index.html", equations="losses.html", api="reference/modules/generator.html",
             table1="experiments/table1.html", commands="reference/commands.html")
DARK = ("equations", "table1")
KEYS = ("index.html", "losses.html", "reference/modules/generator.html", "experiments/table1.html")
SOUGHT = {"encode": "SpectralGenerator.encode", "SpectralGenerator.sample": "SpectralGenerator.sample",
          "sample": ".sample", "inpaint": "SpectralGenerator.inpaint", "log_prob": ".log_prob",
          "from_pretrained": "SpectralGenerator.from_pretrained", "fill_gaps": "fill_gaps",
          "stft_loss": "stft_loss", "load_images": "load_images", "FlowMatchingPrior": "FlowMatchingPrior",
          "spectral_restore": "spectral_restore"} # what is typed, and how an address among the first ends
FIRST = 3 # results among which a name must be
BORNE = ("Expected copy-paste icon",) # what scikit-learn's own diagram of an estimator complains of

LOOK = (root / "tools" / "look.js").read_text(encoding="utf-8")
MISTAKES = {"box": "<table style='width:2000px'><tr><td>too wide</td></tr></table>",
            "formula": "<p><span class='math inline'>\\(\\frac{a\\)</span></p>",
            "picture": "<img src='data:image/gif;base64,R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs='>",
            "headings": "<h1>second</h1>", "page": "<div style='width:3000px'>wide</div>",
            "console": "<script>console.error('planted')</script>",
            "keyboard": "<a href='#' tabindex='3'>first</a>", "text": "<p style='width:2000px'>long</p>"}


def arguments() -> argparse.Namespace:
    "Which pages, and what to keep of them."
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("pages", nargs="*", metavar="PAGE", help="pages such as losses.html; all by default")
    p.add_argument("--katex", type=Path, help="archive of KaTeX made by `npm pack`, instead of its host")
    p.add_argument("--screenshots", type=Path, metavar="FOLDER", help="write pictures of five pages here")
    return p.parse_args()


# ---------------------------------------------------------------- pages, and what they ask for

class Files(http.server.SimpleHTTPRequestHandler):
    "Files of the site, without a word for each."
    def log_message(self, *said: Any) -> None: pass


@contextmanager
def served() -> Iterator[str]:
    "The address of the site on this computer."
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try: yield f"http://127.0.0.1:{server.server_port}/"
    finally: server.shutdown()


class Outside:
    "Answers what pages ask of other hosts."
    def __init__(self, archive: Path | None):
        self.files: dict[str, bytes] = {}
        self.version, self.missed = "", False
        if archive is None: return
        with tarfile.open(archive) as packed:
            self.files = {m.name: packed.extractfile(m).read() for m in packed if m.isfile()} # type: ignore
        self.version = json.loads(self.files["package/package.json"])["version"]

    def __call__(self, route: Route) -> None:
        address = route.request.url
        asked = re.search(r"/katex@([\d.]+)/(dist/[^?#]+)", address)
        if asked is None: return route.fulfill(status=200, content_type="text/css", body="")
        if not self.files: return route.continue_()
        if asked[1] != self.version: sys.exit(f"pages ask for KaTeX {asked[1]}, not {self.version}")
        kind = mimetypes.guess_type(asked[2])[0] or "application/octet-stream"
        route.fulfill(status=200, content_type=kind, body=self.files[f"package/{asked[2]}"],
                      headers={"Access-Control-Allow-Origin": "*"})


class Reader:
    "One page of a browser, which goes from address to address, and what it complained of."
    def __init__(self, browser: Browser, address: str, outside: Outside, **options: Any):
        self.page: Page = browser.new_page(reduced_motion="reduce", **options)
        self.address, self.said = address, list[str]()
        self.page.route(lambda url: not url.startswith(address), outside)
        self.page.on("pageerror", lambda e: self.said.append(str(e)))
        self.page.on("console", lambda m: self.said.append(m.text))
        self.page.on("requestfailed", lambda r: self.said.append(f"not received: {r.url[:80]}"))

    def open(self, name: str, width: int = 1280, body: str | None = None) -> None:
        "Open a page at a width; `body` is shown in its place."
        self.said.clear()
        self.page.set_viewport_size(dict(width=width, height=WIDTHS[width]))
        if body is not None:
            self.page.unroute("**/with-a-mistake.html")
            answer = partial(Route.fulfill, content_type="text/html", body=body)
            self.page.route("**/with-a-mistake.html", lambda route: answer(route))
        self.page.goto(self.address + name)

    def ask(self, function: str, given: Any = None) -> Any:
        "Value of a function of look.js."
        return self.page.evaluate(f"given => ({LOOK}).{function}(given)", given)

    def look(self, name: str, body: str | None = None) -> Iterator[tuple[int, str, str]]:
        "Faults of a page: width, kind, words."
        self.open(name, max(WIDTHS), body)
        for width, height in WIDTHS.items():
            self.page.set_viewport_size(dict(width=width, height=height))
            for kind, text in self.ask("look", [width, (name, width) == WHOLE]): yield width, kind, text
        yield from ((max(WIDTHS), "console", x[:160]) for x in self.said if not x.startswith(BORNE))


# ---------------------------------------------------------------- what is looked at

def planted(reader: Reader) -> list[str]:
    "Kinds of mistakes that are not noticed when each stands alone in a page."
    page = (SITE / "losses.html").read_text(encoding="utf-8")
    start, end = page.index(">", page.index("<main")) + 1, page.index("</main>")
    missed = []
    for kind, mistake in ({"": ""} | MISTAKES).items():
        body = f"{page[:start]}<h1>A title</h1><p>Text.</p>{mistake}{page[end:]}"
        found = {k for _, k, _ in reader.look("with-a-mistake.html", body)}
        if kind not in found if kind else found: missed.append(kind or f"none, and found {found}")
    return missed


def look_at_all(reader: Reader, names: list[str]) -> list[str]:
    "Faults of pages, each once with the widths at which it is there."
    faults = []
    for name in names:
        found: dict[tuple[str, str], list[int]] = {}
        for width, kind, text in reader.look(name): found.setdefault((kind, text), []).append(width)
        faults += [f"{name} ({' and '.join(map(str, sorted({*at})))} px): {kind}: {text}"
                   for (kind, text), at in found.items()]
    return faults


def walk(reader: Reader, name: str, width: int, steps: int = 300) -> list[str]:
    "Faults on the way of the tabulator key through a page."
    reader.open(name, width)
    faults, met = [], dict[str, int]()
    for _ in range(steps):
        reader.page.keyboard.press("Tab")
        part, seen, what = reader.ask("focus")
        met[part] = met.get(part, 0) + 1
        if part == "nothing": break
        if not seen: faults.append(f"{name} ({width} px): keyboard: the focus on {what} is not seen")
    wanted = {"search", "sidebar", "page"} if width == max(WIDTHS) else {"header", "page"}
    faults += [f"{name} ({width} px): keyboard: never reaches the {x}" for x in sorted(wanted - {*met})]
    return faults


def search(reader: Reader) -> list[str]:
    "Names that are not among the first results when they are typed into the search box."
    faults = []
    reader.open("index.html")
    box = reader.page.locator(".smalldocs-search input:visible").first
    for typed, wanted in SOUGHT.items():
        box.fill("")
        box.press_sequentially(typed)
        reader.page.wait_for_timeout(1500)
        found = reader.page.locator("a.search-result").evaluate_all("a => a.map(x => x.getAttribute('href'))")
        end = (wanted if wanted[0] == "." else f"#{wanted}").lower() # chapters have small letters there
        if not any(x.lower().endswith(end) for x in found[:FIRST]):
            faults.append(f"search: {typed}: {wanted} is not among {found[:FIRST]}")
    return faults


def photograph(make: Callable[..., Reader], folder: Path) -> None:
    "Pictures of some pages at both widths, and of two of them in dark mode."
    folder.mkdir(parents=True, exist_ok=True)
    for scheme, names in (("light", SHOWN), ("dark", DARK)):
        reader = make(color_scheme=scheme)
        for name in names:
            for width in WIDTHS:
                reader.open(SHOWN[name], width)
                reader.page.wait_for_timeout(300)
                reader.page.screenshot(path=folder / f"{name}-{width}{'-dark' * (scheme == 'dark')}.png",
                                       full_page=True)
        reader.page.close()


def main() -> None:
    "Look at the pages, and say what is wrong."
    args, start = arguments(), time.perf_counter()
    if not SITE.is_dir(): sys.exit("no site in _docs/; run: python tools/site.py build")
    names = args.pages or sorted(str(p.relative_to(SITE)) for p in SITE.rglob("*.html"))
    with served() as address, sync_playwright() as play:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        make = partial(Reader, browser, address, Outside(args.katex))
        reader = make()
        if missed := planted(reader): sys.exit(f"planted mistakes that were not noticed: {', '.join(missed)}")
        print(f"{len(MISTAKES)} planted mistakes noticed")
        faults = look_at_all(reader, names)
        if not args.pages:
            faults += [x for name in KEYS for width in WIDTHS for x in walk(reader, name, width)]
            faults += search(reader)
        if args.screenshots: photograph(make, args.screenshots)
        browser.close()
    print(*faults, sep="\n")
    took = time.perf_counter() - start
    print(f"{len(names)} pages at {' and '.join(map(str, WIDTHS))} px in {took:.0f} s, {len(faults)} faults")
    if faults: sys.exit(1)


if __name__ == "__main__": main()
