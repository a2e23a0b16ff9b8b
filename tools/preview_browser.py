"""Previews in headless Chromium against those of Python.

    apt-get install chromium
    python tools/preview_browser.py [--source photos --n 200] [--screenshot previews.png]

Two pages are opened from files. One reads codes of all lengths and shapes, and damaged ones: pictures may
differ by one grey level from those of Python, and the same codes are refused. The other is what
`write_preview_page` writes: every canvas must show its preview.
"""
import argparse
import base64
import json
import random
import re
import shutil
import subprocess
import tempfile
from html import unescape
from pathlib import Path

import numpy as np

from spectral_nbdev.data import load_data
from spectral_nbdev.previews.code import decode_previews, encode_previews
from spectral_nbdev.previews.page import model_text, preview_script, write_preview_page

LENGTHS = (24, 8, 16, 33, 64) # bytes
SIDES = (32, 17, 100) # pixels

COMPARE = """<!DOCTYPE html><meta charset="utf-8"><pre id="found"></pre>
<script>%(script)s</script>
<script>
const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
const text = data => btoa(Array.from(data, v => String.fromCharCode(v)).join(""));
const start = performance.now(), model = loadPreviewModel(bytes("%(model)s")), loaded = performance.now();
const found = %(jobs)s.map(([code, side]) => {
  try { const p = decodePreview(model, bytes(code), side); return [p.height, p.width, text(p.data)]; }
  catch (error) { return error.message; }
});
const each = (performance.now() - loaded) / found.length;
document.getElementById("found").textContent = JSON.stringify({found, load: loaded - start, each});
</script>"""

LOOK = """<pre id="looked"></pre><script>
const text = data => btoa(Array.from(data, v => String.fromCharCode(v)).join(""));
const content = c => text(c.getContext("2d").getImageData(0, 0, c.width, c.height).data);
const all = [...document.querySelectorAll("canvas")].map(content);
document.getElementById("looked").textContent = JSON.stringify(all);
</script>"""


def arguments() -> argparse.Namespace:
    "How many pictures, and what to keep."
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--source", default="photos", help="images: cifar10, photos, a folder, an .npz")
    p.add_argument("--root", help="folder where CIFAR-10 may be")
    p.add_argument("--n", type=int, default=60, help="number of pictures")
    p.add_argument("--screenshot", type=Path, help="PNG of the page to write")
    return p.parse_args()


def chromium(*options: str) -> str:
    "What headless Chromium prints."
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program: raise SystemExit("There is no Chromium here.")
    with tempfile.TemporaryDirectory() as profile:
        command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                   f"--user-data-dir={profile}", "--virtual-time-budget=60000", *options]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout


def element(page: str, name: str):
    "JSON in a pre of a page."
    found = re.search(f'<pre id="{name}">(.*?)</pre>', page, re.S)
    if not found or not found[1]: raise SystemExit(f"The page did not finish: {page[-500:]}")
    return json.loads(unescape(found[1]))


def shapes(images, r: random.Random) -> list:
    "Parts of pictures, squares and rectangles."
    def part(x):
        h, w = (r.randint(min(4, n), n) for n in x.shape[1:])
        return x[:, :h, :w] if r.random() < .7 else x
    return [part(x) for x in images]


def damaged(codes: list[bytes], r: random.Random) -> list[bytes]:
    "Codes cut, extended, of another version, with changed bits, and random ones."
    found = [b"", *(c[:-1] for c in codes), *(c + b"\0" for c in codes), *(r.randbytes(24) for _ in codes)]
    for c in codes:
        n = int.from_bytes(c, "little")
        for bit in r.sample(range(8 * len(c)), r.randint(1, 3)): n ^= 1 << bit
        found += [n.to_bytes(len(c), "little"), bytes([c[0] & 0xf0 | 2]) + c[1:]]
    return found


def expected(code: bytes, side: int):
    "Python's picture (H,W,3), or None."
    try: return decode_previews([code], side)[0].permute(1, 2, 0).numpy().astype(int)
    except ValueError: return None


def pixels(text: str, h: int, w: int) -> np.ndarray:
    "RGBA (H,W,4) from base64."
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(h, w, 4).astype(int)


def compare(folder: Path, codes: list[bytes], bad: list[bytes]) -> None:
    "Both decoders, code by code."
    jobs = [(c, s) for c in codes for s in SIDES] + [(c, 32) for c in bad]
    coded = json.dumps([(base64.b64encode(c).decode(), s) for c, s in jobs])
    path = folder / "compare.html"
    path.write_text(COMPARE % dict(script=preview_script(), model=model_text(), jobs=coded), "utf-8")
    page = element(chromium("--dump-dom", path.as_uri()), "found")
    apart, refused = [], 0
    for (code, side), found in zip(jobs, page["found"], strict=True):
        want = expected(code, side)
        if isinstance(found, str) != (want is None): raise SystemExit(f"{code.hex()}: {found} and {want}")
        if want is None:
            refused += 1
            continue
        got = pixels(found[2], *found[:2])
        if got.shape[:2] != want.shape[:2] or got[..., 3].min() < 255: raise SystemExit(code.hex())
        apart.append(np.abs(got[..., :3] - want).ravel())
    values = np.concatenate(apart)
    print(f"{len(apart)} pictures: largest difference {values.max()}, {(values > 0).mean():.1e} of all "
          f"values differ; {refused} of {len(bad)} damaged codes refused, by both")
    print(f"model loaded in {page['load']:.0f} ms, {page['each']:.1f} ms per picture")
    if values.max() > 1: raise SystemExit("They differ.")


def look(folder: Path, images: list, codes: list[bytes], screenshot: Path | None) -> None:
    "The page that the package writes, its canvases and its picture."
    path = write_preview_page(folder / "page.html", images, codes, size=120)
    if screenshot: chromium(f"--screenshot={screenshot.resolve()}", "--window-size=1040,1100", path.as_uri())
    text = path.read_text("utf-8")
    sizes = [(int(h), int(w)) for w, h in re.findall(r'<canvas width="(\d+)" height="(\d+)"', text)]
    path.write_text(text.replace("</body>", LOOK + "</body>"), "utf-8")
    dom = chromium("--dump-dom", path.as_uri())
    for found, code, size in zip(element(dom, "looked"), codes, sizes, strict=True):
        want = decode_previews([code], size)[0].permute(1, 2, 0).numpy()
        if np.abs(pixels(found, *size)[..., :3] - want).max() > 1: raise SystemExit(f"{code.hex()}: canvas")
    print("page:", re.search('id="drawn">(.*?)<', dom)[1])


def main() -> None:
    "Make codes, damage some, and compare."
    args, r = arguments(), random.Random(0)
    images = load_data(args.source, args.root, None if args.source == "cifar10" else 32).test[:args.n]
    parts = shapes(images, r)
    codes = [c for n in LENGTHS for c in encode_previews(parts, n)]
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), codes, damaged(codes[:args.n], r))
        shown = parts[:24]
        look(Path(folder), shown, codes[:len(shown)], args.screenshot)


if __name__ == "__main__": main()
