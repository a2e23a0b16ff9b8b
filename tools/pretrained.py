"""Put the model of a run of the experiment `pretrained` into the package: `python tools/pretrained.py RUN`.

The model must be the one that results/pretrained.json describes, so record it first:

    spectral_reproduce pretrained --record results
    python tools/pretrained.py runs/pretrained"""
import argparse
import shutil
import sys
from pathlib import Path

from project import root
from spectral_nbdev.checkpoints import WEIGHTS
from spectral_nbdev.experiments.pretrained import NAME
from spectral_nbdev.generator import SpectralGenerator
from spectral_nbdev.hub import PRETRAINED
from spectral_nbdev.io import read_json
from spectral_nbdev.tensors import read_texts


def main() -> None:
    "Check the model, and copy it."
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("run", type=Path, help="folder of the run, such as runs/pretrained")
    made, home = p.parse_args().run / NAME, root / "spectral_nbdev" / PRETRAINED / NAME
    recorded = read_json(root / "results" / "pretrained.json")["metrics"]["half"]["checksum"]
    if not (made / WEIGHTS).is_file(): sys.exit(f"run: there is no model {made / WEIGHTS}")
    if read_texts(made / WEIGHTS)["checksum"] != recorded:
        sys.exit(f"{made} is not the model that results/pretrained.json describes")
    SpectralGenerator.from_pretrained(made, "cpu") # complete, undamaged, of this version
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(made, home)
    print(home.relative_to(root), f"{sum(f.stat().st_size for f in home.iterdir()) / 1e6:.2f} MB")


if __name__ == "__main__": main()
