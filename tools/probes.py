"""What the installed package does, by extra: `python tools/probes.py [EXTRA …] [--at FOLDER] [--hide]`.

Imports every module, loads the model that ships with the package, draws an image, and then tries what each
extra is for. What belongs to an extra that is named must work; with none named, everything must be refused
in one line that says which extra to install. A JSON object per line says what happened.

--at FOLDER takes the package from a folder, where a wheel was unpacked, instead of where it is installed.
--hide hides every package that neither the core requirements nor the named extras bring, as if it were not
installed: so a whole development environment stands in for a bare one, within seconds. Packages that came
with something else, and that we forgot to require, are found in this way."""
import argparse
import importlib
import importlib.metadata
import json
import os
import pathlib
import pkgutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from project import bare

PACKAGE = "spectral_nbdev"
MODEL = "cifar10-k256" # ships with the package
Probe = Callable[[], object]

# --- What each extra is for ------------------------------------------------------------------------------


def of(module: str) -> Any:
    "A module of the package."
    return importlib.import_module(f"{PACKAGE}.{module}")


def noise(*shape: int) -> Any:
    "Random numbers in [0,1]."
    import torch
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0))


def shipped() -> Any:
    "The model that ships with the package."
    return of("generator").SpectralGenerator.from_pretrained(MODEL)


def frechet() -> object:
    m, x = of("metrics"), noise(50, 4)
    return m.frechet_distance(m.feature_statistics(x), m.feature_statistics(x))


def similarity() -> object:
    x = noise(2, 3, 16, 16)
    return of("metrics").reconstruction_metrics(x, x, "ssim")


def efficientnet() -> object:
    images = (255 * noise(1, 3, 32, 32)).byte()
    return of("feature_networks").load_extractor("efficientnet-lite0", device="cpu")(images)


def flow() -> object:
    return of("priors.flow").FlowPrior(transforms=1, width=8, n_epochs=1).fit(noise(40, 3)).sample(2)


def umap() -> object:
    return of("interpret.embedding").embed(noise(30, 5), "umap")


def demo() -> object:
    model = of("generator").SpectralGenerator(8)
    images = (255 * noise(40, 3, 8, 8)).byte()
    return of("demo").build_demo(model.fit(images, "projection(steps=2)", progress=False), images)


def diffusion() -> object:
    model = of("baselines.diffusion").Diffusion(channels=(8,), steps=1, batch_size=2, solver_steps=1)
    return model.fit((255 * noise(4, 3, 8, 8)).byte(), progress=False)


def wavelets() -> object:
    return of("baselines.classical").fixed_basis("wavelet", (1, 8, 8))


def ksvd() -> object:
    return of("baselines.classical").estimate_atoms("ksvd", noise(40, 16), 4)


def auraloss() -> object:
    if found := of("benchmarks.fit").missing("auraloss"): raise ImportError(found["skipped"])
    return of("benchmarks.stft").bench_stft(repeats=1, quick=True, progress=False)


def hub() -> object:
    with tempfile.TemporaryDirectory() as cache:
        try: return of("hub").locate_model("owner/name", cache_dir=cache, local_files_only=True)
        except ValueError as e: return e # there is no such model in an empty cache


def tensorboard() -> object:
    with tempfile.TemporaryDirectory() as folder:
        with of("tracking").tracking("tensorboard", folder) as run: run.log({"loss": 1.})
        return f"{sum(f.stat().st_size for f in pathlib.Path(folder).rglob('events*'))} bytes of events"


def processes() -> object:
    group = of("distributed.group")
    group.library()
    script = f"""import torch
from {PACKAGE}.distributed.group import processes
with processes("cpu") as group: print(int(group.sum([torch.ones(1)])[0]), "processes")
"""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "sum.py"
        path.write_text(script)
        done = group.launch(path, 2, env=dict(PYTHONPATH=os.pathsep.join(filter(None, sys.path))))
    if done.returncode: raise RuntimeError(done.stderr[-200:])
    return done.stdout


def faces() -> object:
    return of("experiments.incomplete")._split("faces").shape


def tiff() -> object:
    files = of("restoration.files")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "x.tif"
        files.write_image(path, files.ImageFile(noise(3, 4, 4), kind="uint16", white=65535.))
        return files.read_image(path).kind


def numbers(stream: Any) -> object:
    "The length of a stream after a pass."
    for _ in stream: pass
    return stream.length


def saved_data_set() -> object:
    with tempfile.TemporaryDirectory() as folder:
        try: library = importlib.import_module("datasets")
        except ImportError: (pathlib.Path(folder) / "dataset_info.json").touch()
        else:
            library.disable_progress_bars()
            images = (255 * noise(4, 3, 8, 8)).byte().tolist()
            library.Dataset.from_dict({"image": images}).save_to_disk(folder)
        return numbers(of("streams.sources").open_stream(folder))


def shards() -> object:
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder) / "0.tar"
        try: library = importlib.import_module("webdataset")
        except ImportError: place.touch()
        else:
            with library.TarWriter(str(place)) as shard:
                shard.write({"__key__": "a", "png": (255 * noise(8, 8, 3)).byte().numpy()})
        return numbers(of("streams.sources").open_stream(place))


def recording(suffix: str, *more: tuple[str, bytes]) -> Any:
    "A recording that was written and read again, or that lies in files."
    files, Recording = of("signals.files"), of("signals.recording").Recording
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / f"x{suffix}"
        for name, content in more: (pathlib.Path(folder) / name).write_bytes(content)
        if not more: files.write_recording(path, Recording(noise(2, 100), rate=50))
        return files.load_recording(path).n_samples


def table() -> object: return recording(".csv")


def parquet() -> object: return recording(".parquet")


def sound() -> object: return recording(".wav")


def medical() -> object:
    header = b"x 1 360 10\nx.dat 16 200 16 0 0 0 0 I\n"
    return recording(".hea", ("x.hea", header), ("x.dat", bytes(range(20))))


def modes() -> object:
    peers, x = of("baselines.signals"), noise(200).numpy()
    return peers.emd_modes(x, 2), peers.vmd_modes(x, 2)


def hashes() -> object:
    peers, x = of("baselines.previews"), (255 * noise(3, 32, 32)).byte()
    return [peers.draw_peer(name, [x]) for name in ("ThumbHash", "BlurHash, 4 × 3")]


def outliers() -> object:
    return of("experiments.anomaly").peer_scores("ECOD", {}, noise(50, 3), {"odd": noise(5, 3)})["odd"].shape


PROBES: dict[str, dict[str, Probe]] = { # by extra and by the package that is tried
    "eval": {"torch-fidelity": frechet, "torchmetrics": similarity, "efficientnet-lite": efficientnet},
    "priors": {"zuko": flow},
    "interpret": {"umap-learn": umap},
    "demo": {"gradio": demo},
    "baselines": {"diffusers": diffusion, "PyWavelets": wavelets},
    "hub": {"huggingface_hub": hub},
    "track": {"accelerate, tensorboard": tensorboard},
    "processes": {"accelerate": processes},
    "restore": {"tifffile": tiff},
    "stream": {"datasets": saved_data_set, "webdataset": shards},
    "signals": {"pandas": table, "pyarrow": parquet, "soundfile": sound, "wfdb": medical},
    "bench": {"dictlearn": ksvd, "auraloss": auraloss, "scikit-image": faces, "pyod": outliers,
              "EMD-signal, vmdpy": modes, "blurhash, thumbhash-python": hashes},
}

# --- A bare environment inside of a full one -------------------------------------------------------------


def brought(extras: tuple[str, ...]) -> set[str]:
    "Distributions that the package brings, with some of its extras."
    from packaging.requirements import Requirement
    found, waiting = set(), [(PACKAGE, e) for e in ("", *extras)]
    while waiting:
        pair = name, extra = waiting.pop()
        if pair in found: continue
        found.add(pair)
        try: requires = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError: continue
        for r in map(Requirement, requires):
            if r.marker is None or r.marker.evaluate({"extra": extra}):
                waiting += [(bare(r.name), e) for e in ("", *r.extras)]
    return {bare(name) for name, _ in found}


class Hiding:
    "A finder of modules and of installed distributions that overlooks some."

    def __init__(self, finder: Any, modules: set[str], allowed: set[str]):
        self.finder, self.modules, self.allowed = finder, modules, allowed

    def __getattr__(self, name: str) -> Any: return getattr(self.finder, name)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        return None if name.partition(".")[0] in self.modules else self.finder.find_spec(name, path, target)

    def find_distributions(self, context: Any) -> Iterator[Any]:
        found = getattr(self.finder, "find_distributions", lambda _: ())(context)
        return (d for d in found if bare(d.name) in self.allowed)


def hide(extras: tuple[str, ...]) -> None:
    "Hide every distribution that is installed and not brought."
    allowed = brought(extras)
    places = importlib.metadata.packages_distributions().items()
    hidden = {module for module, owners in places if not allowed & {bare(o) for o in owners}}
    hidden -= {"_distutils_hack", PACKAGE, *sys.stdlib_module_names}
    sys.meta_path[:] = [Hiding(f, hidden, allowed) for f in sys.meta_path]

# --- Trying ----------------------------------------------------------------------------------------------


def modules() -> int:
    "Import every module of the package; returns their number."
    package = importlib.import_module(PACKAGE)
    def failed(name: str) -> None: raise sys.exc_info()[1] or ImportError(name)
    found = [m.name for m in pkgutil.walk_packages(package.__path__, f"{PACKAGE}.", onerror=failed)]
    for name in found: importlib.import_module(name)
    return len(found)


def first_sample() -> str:
    "Draw an image from the shipped model."
    from spectral_nbdev.all import SpectralGenerator
    image = SpectralGenerator.from_pretrained(MODEL).sample(1)
    return f"{tuple(image.shape)} {image.dtype}"


def try_it(probe: Probe, refused_by: str | None = None) -> dict[str, Any]:
    "Run a probe, which must work, or be refused with the name of an extra."
    start = time.perf_counter()
    try: text, good = str(probe()).splitlines()[0][:80], refused_by is None
    except ImportError as e:
        text, remedy = str(e), f"pip install '{PACKAGE}[{refused_by}]'"
        good = remedy in text and "\n" not in text
    except Exception as e: text, good = f"{type(e).__name__}: {e}", False
    return dict(good=good, seconds=round(time.perf_counter() - start, 2), text=text)


def run(extras: tuple[str, ...]) -> bool:
    "Try all of it, a line for each; whether all was as it must be."
    tasks: list[tuple[str, str, Probe, str | None]] = [("", "first sample", first_sample, None),
                                                      ("", "every module", modules, None)]
    for extra in extras: tasks += [(extra, name, p, None) for name, p in PROBES[extra].items()]
    for extra in () if extras else PROBES:
        tasks += [(extra, name, p, extra) for name, p in PROBES[extra].items()]
    good = True
    for extra, name, probe, refused_by in tasks:
        found = dict(extra=extra, what=name) | try_it(probe, refused_by)
        print(json.dumps(found), flush=True)
        good = good and found["good"]
    return good


def main() -> None:
    "Read the arguments, hide, try."
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("extras", nargs="*", choices=[[], *PROBES, "all"], help="extras that are installed")
    p.add_argument("--at", help="folder that holds the package")
    p.add_argument("--hide", action="store_true", help="hide what neither the core nor these extras bring")
    args = p.parse_args()
    if args.at: sys.path.insert(0, os.path.abspath(args.at))
    os.chdir(tempfile.gettempdir()) # not where the package's source may lie
    extras = tuple(PROBES) if "all" in args.extras else tuple(args.extras)
    if args.hide: hide(extras)
    warnings.simplefilter("ignore")
    sys.exit(0 if run(extras) else 1)


if __name__ == "__main__": main()
