"""How fast does `train` train beside the libraries, and beside the loop that one would write? One core each.

    LFD_TEST_DATA=... python benchmarks/training_speed.py [--cornac-python PATH] [--recbole-python PATH]

The contenders are processes of their own, each held on one core with one thread, that take turns epoch by
epoch, so that whatever else the machine does meets all of them alike. Same users to train on, same network
(600 hidden, 200 latent, tanh), batch of 500, learning rate; histories are halved by dropout and the KL term
is annealed to 0.2 wherever the library can (Cornac has neither). Only training is timed, in lfd's epoch with
what it keeps of each; what lfd's loss of held-out users takes more is a column. Columns:

    s/epoch    CPU seconds of an epoch, median of all but the first; on an idle machine those of the clock
    of lfd     the same over lfd's
    held-out   seconds more of an epoch for lfd's early stopping
    matmul     share of it that the dense products alone take by torch.matmul (all layers but the first)
    to best    seconds until the best NDCG@100 of the validation users; > where that was the last epoch
    MiB        peak memory of the process, with all its libraries
    NDCG@100   of the test users after that epoch, with a 95 % interval of 1,000 resamples of them

MovieLens 100K (ratings of 4 and 5), and made-up data of 20,000 users x 5,000 items; on request, --data
large, of 4,000 users x 60,000 items. Users are split 80, 10 and 10 %. Less: --only lfd plain tuned,
--epochs 5. For RecBole: pip install recbole==1.2.1 "setuptools<81" "numpy<2" "pandas<3" torch.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from ranking import movielens
from scipy import sparse

from lfd.core.training.split import TEST, TRAIN, VALIDATION, fold_in, part_users

SHARE = 0.1
JUDGED = 500  # validation and test users at most
VARIANTS: dict[str, dict[str, Any]] = {
    "lfd": {},
    "lfd bf16": {"precision": "bf16-mixed"},
    "lfd sampled": {"sampled_items": None},  # by data
}
LIBRARIES = ("cornac", "recbole")
CONTENDERS = ("matmul", *VARIANTS, "plain", "tuned", *LIBRARIES)
COMMON = {"hidden": 600, "latent": 200, "batch": 500, "dropout": 0.5, "beta": 0.2, "learning_rate": 1e-3}
COMMON |= {"share": SHARE}
EPOCHS = {"movielens": 80, "synthetic": 6, "large": 4}
SAMPLED = {"movielens": 500, "synthetic": 1_000, "large": 2_000}


def synthetic(users: int = 20_000, items: int = 5_000, factors: int = 8) -> sparse.csr_array:
    """About 40 choices a user by tastes of normal strength, popularity (Zipf) and chance."""
    rng = np.random.default_rng(0)
    loading, popularity = rng.normal(size=(factors, items)) * 0.6, -np.log(np.arange(1, items + 1) + 20)
    chosen = []
    for _ in range(0, users, 500):
        utility = rng.normal(size=(500, factors)) @ loading + popularity + rng.gumbel(size=(500, items))
        best = np.argpartition(-utility, 80, axis=1)[:, :80]
        best = np.take_along_axis(best, np.argsort(-np.take_along_axis(utility, best, axis=1)), axis=1)
        number = rng.poisson(40, 500).clip(5, 80)
        row, place = np.nonzero(np.arange(80) < number[:, None])
        chosen.append(
            sparse.csr_array((np.ones(len(row), np.float32), (row, best[row, place])), (500, items))
        )
    return sparse.csr_array(sparse.vstack(chosen))


DATA = {"movielens": movielens, "synthetic": synthetic, "large": lambda: synthetic(4_000, 60_000)}


def parts_of(rows: sparse.csr_array, seed: int) -> dict[str, sparse.csr_array]:
    """The matrices that contenders read; lfd draws the same split from its seed."""
    part = part_users(rows.shape[0], SHARE, SHARE, np.random.default_rng([seed, 0]))
    parts = {"all": rows, "train": rows[np.flatnonzero(part == TRAIN)]}
    for name in (VALIDATION, TEST):
        judged = rows[np.flatnonzero(part == name)[:JUDGED]]
        shown, hidden = fold_in(judged, np.random.default_rng([seed, 2]))
        parts |= {f"{name}_shown": shown, f"{name}_hidden": hidden}
    return parts


def start(name: str, python: str, folder: Path, said: dict[str, Any]) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("training_contender.py")
    options = {key: value or said["sampled"] for key, value in VARIANTS.get(name, {}).items()}
    told = json.dumps({**said, "name": name.split()[0], "options": options})
    return subprocess.Popen(
        [python, str(script), str(folder), told],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=(folder / f"{name}.log").open("w"),
        text=True,
        cwd=folder,
    )


def race(contenders: dict[str, str], folder: Path, said: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Epochs of every contender, one after another in turn; who breaks down is named and left out."""
    running = {name: start(name, python, folder, said) for name, python in contenders.items()}
    told: dict[str, list[dict[str, Any]]] = {name: [] for name in running}
    for epoch in range(said["epochs"]):
        for name, process in list(running.items()):
            try:
                process.stdin.write("\n")  # type: ignore[union-attr]
                process.stdin.flush()  # type: ignore[union-attr]
                answer = process.stdout.readline()  # type: ignore[union-attr]
            except BrokenPipeError:
                answer = ""
            if answer:
                told[name].append(json.loads(answer))
                continue
            last = (folder / f"{name}.log").read_text().strip().splitlines()[-1:]
            print(f"{name} broke down in epoch {epoch}: {' '.join(last)}", flush=True)
            del running[name], told[name]
    for process in running.values():
        process.kill()
        process.wait()
    return told


def table(told: dict[str, list[dict[str, Any]]]) -> None:
    seconds, others = (
        {name: float(np.median([epoch[kind] for epoch in epochs[1:]])) for name, epochs in told.items()}
        for kind in ("cpu", "aside")
    )
    heads = ("s/epoch", "of lfd", "held-out", "matmul", "to best", "MiB")
    print(f"{'':12}", *(f"{head:>8}" for head in heads), "  NDCG@100")
    for name, epochs in told.items():
        cells = [f"{seconds[name]:.4f}", f"{seconds[name] / seconds.get('lfd', np.nan):.2f}"]
        cells += [f"{others[name]:.4f}" if others[name] else ""]
        cells += [f"{seconds['matmul'] / seconds[name]:.0%}" if "matmul" in seconds else ""]
        said = ""
        if "test" in epochs[0]:
            best = int(np.argmax([np.mean(epoch["validation"]) for epoch in epochs]))
            until = ">" if best == len(epochs) - 1 else ""
            cells += [f"{until}{seconds[name] * (best + 1):.1f}", f"{epochs[-1]['memory']:.0f}"]
            said = interval(np.array(epochs[best]["test"]))
        print(f"{name:12}", *(f"{cell:>8}" for cell in cells), f"  {said}", flush=True)


def interval(ndcg: np.ndarray) -> str:
    drawn = np.random.default_rng(0).integers(len(ndcg), size=(1000, len(ndcg)))
    low, high = np.quantile(ndcg[drawn].mean(axis=1), (0.025, 0.975))
    return f"{ndcg.mean():.3f} [{low:.3f}, {high:.3f}]"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", nargs="+", choices=list(DATA), default=["movielens", "synthetic"])
    parser.add_argument("--epochs", type=int, help=f"default: {EPOCHS}")
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=CONTENDERS)
    for library in LIBRARIES:
        parser.add_argument(f"--{library}-python", help=f"of an environment with {library}; else left out")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    contenders = {name: sys.executable for name in asked.only if name not in LIBRARIES}
    for library in [name for name in asked.only if name in LIBRARIES]:
        python = getattr(asked, f"{library}_python")
        if python:
            contenders[library] = python
        else:
            print(f"{library} is left out: no --{library}-python is given")
    for data in asked.data:
        rows, epochs = DATA[data](), asked.epochs or EPOCHS[data]
        parts = parts_of(rows, asked.seed)
        steps = epochs * -(-parts["train"].shape[0] // COMMON["batch"])
        said = {**COMMON, "seed": asked.seed, "epochs": epochs, "anneal": min(200, steps // 2)}
        said["sampled"] = SAMPLED[data]
        print(f"\n{data}: {rows.shape[0]:,} x {rows.shape[1]:,}, {rows.nnz:,} interactions, {epochs} epochs")
        with tempfile.TemporaryDirectory() as folder:
            for name, matrix in parts.items():
                sparse.save_npz(Path(folder) / f"{name}.npz", sparse.csr_matrix(matrix))
            table(race(contenders, Path(folder), said))


if __name__ == "__main__":
    main()
