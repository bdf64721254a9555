"""One contender of `training_speed.py`, a process of its own: for every line on stdin an epoch, and JSON.

Knows nothing of lfd but where lfd is the contender, so that it runs in the environment of any library.
"""

from __future__ import annotations

import json
import os
import queue
import resource
import sys
import tempfile
import threading
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import sparse
from training_loops import Scores, loop

Pause = Callable[[Scores], None]
aside = list[float]()  # CPU seconds of this epoch that were not training


def main() -> None:
    folder, said = Path(sys.argv[1]), Namespace(**json.loads(sys.argv[2]))
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    torch.set_num_threads(1)
    parts = {file.stem: sparse.csr_array(sparse.load_npz(file)) for file in folder.glob("*.npz")}
    answers, sys.stdout = sys.stdout, sys.stderr  # libraries print
    epochs = CONTENDERS[said.name](parts, said)
    for _ in sys.stdin:
        cpu = time.process_time()
        scores = next(epochs)
        told = {"cpu": time.process_time() - cpu - sum(aside), "aside": sum(aside)}
        aside.clear()
        told["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        if scores:
            with torch.no_grad():
                for part in ("validation", "test"):
                    told[part] = ndcg(scores, parts[f"{part}_shown"], parts[f"{part}_hidden"]).tolist()
        print(json.dumps(told), file=answers, flush=True)


def ndcg(scores: Scores, shown: sparse.csr_array, hidden: sparse.csr_array, k: int = 100) -> np.ndarray:
    """NDCG@k of every user, as `lfd.core.evaluation.ranking` defines it."""
    found = []
    gain = 1 / np.log2(np.arange(2, k + 2))
    for first in range(0, shown.shape[0], 500):
        part = slice(first, first + 500)
        given = np.array(scores(shown[part]))
        given[shown[part].nonzero()] = -np.inf
        best = np.argpartition(-given, k, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(given, best, axis=1), axis=1)
        hit = np.take_along_axis(hidden[part].toarray(), np.take_along_axis(best, order, axis=1), axis=1) > 0
        ideal = np.cumsum(gain)[np.minimum(k, np.diff(hidden[part].indptr)) - 1]
        found.append(hit @ gain / ideal)
    return np.concatenate(found)


def by_turns(work: Callable[[Pause], None]) -> Iterator[Scores]:
    """What trains in a loop of its own, and calls `pause` after each epoch, as an iterator over epochs."""
    go, done = threading.Semaphore(0), queue.Queue[Any]()

    def pause(scores: Scores) -> None:
        done.put(scores)
        go.acquire()

    def run() -> None:
        try:
            work(pause)
        except BaseException as error:
            done.put(error)
            raise

    threading.Thread(target=run, daemon=True).start()
    while True:
        scores = done.get()
        if isinstance(scores, BaseException):
            raise scores
        yield scores
        go.release()


def lfd(parts: dict[str, Any], said: Namespace) -> Iterator[Scores]:
    """`fit` as `lfd train` calls it; the held-out loss of every epoch is put aside."""
    from lfd.core.evaluation.ranking import scorer
    from lfd.core.models.build import build_model
    from lfd.core.models.network import NetworkConfig
    from lfd.core.models.wrapper import plain_config
    from lfd.core.training import networks
    from lfd.core.training.fit import fit
    from lfd.settings.training import TrainSettings

    rows = parts["all"]
    config = plain_config(NetworkConfig("vae", "multinomial", rows.shape[1], said.latent, (said.hidden,)))
    same = ("latent", "batch", "beta", "anneal", "dropout", "learning_rate", "seed", "epochs")
    options = {name: getattr(said, name) for name in same} | said.options
    options |= {"hidden": (said.hidden,), "holdout": said.share, "test": said.share}
    settings = TrainSettings(**options, patience=None, threads=1, device="cpu")

    held_out_loss = networks.held_out_loss

    def put_aside(*given: Any) -> float:
        begun = time.process_time()
        loss = held_out_loss(*given)
        aside.append(time.process_time() - begun)
        return loss

    def work(pause: Pause) -> None:
        networks.held_out_loss = put_aside
        fit(rows, settings, on_epoch=lambda record: pause(scorer(build_model(config, record.weights))))

    return by_turns(work)


def cornac(parts: dict[str, Any], said: Namespace) -> Iterator[Scores]:
    """VAECF of Cornac: `learn` of its module, whose progress bar is where it pauses."""
    from cornac.data import Dataset
    from cornac.models.vaecf import vaecf

    train = parts["train"]
    n_users, n_items = train.shape
    users, items = train.nonzero()
    ids = ({u: u for u in range(n_users)}, {i: i for i in range(n_items)})
    data = Dataset(n_users, n_items, *ids, (users, items, train.data.astype(np.float64)), seed=said.seed)
    torch.manual_seed(said.seed)
    net = vaecf.VAE(said.latent, [n_items, said.hidden], "tanh", "mult")

    def scores(rows: sparse.csr_array) -> np.ndarray:
        return net.decode(net.encode(torch.from_numpy(rows.toarray()))[0]).numpy()

    class Epochs:
        def __init__(self, *_: Any, **__: Any) -> None: ...

        def set_postfix(self, **_: Any) -> None: ...

        def __iter__(self) -> Iterator[int]:
            for epoch in range(said.epochs):
                yield epoch
                pausing[0](scores)

    pausing = list[Pause]()
    vaecf.trange = Epochs

    def work(pause: Pause) -> None:
        pausing.append(pause)
        vaecf.learn(net, data, said.epochs, said.batch, said.learning_rate, said.beta, False)

    return by_turns(work)


def recbole(parts: dict[str, Any], said: Namespace) -> Iterator[Scores]:
    """MultiVAE of RecBole: its own data set, loader and `_train_epoch`."""
    load = torch.load
    torch.load = lambda *given, **named: load(*given, **{**named, "weights_only": False})
    from recbole.config import Config
    from recbole.data import create_dataset, data_preparation
    from recbole.model.general_recommender.multivae import MultiVAE
    from recbole.trainer import Trainer

    train = parts["train"]
    folder = Path(tempfile.mkdtemp())
    (folder / "d").mkdir()
    users, items = train.nonzero()
    with open(folder / "d" / "d.inter", "w") as file:
        file.write("user_id:token\titem_id:token\n")
        file.writelines(f"{u}\t{i}\n" for u, i in zip(users, items, strict=True))
    chosen = {
        **{"data_path": str(folder), "use_gpu": False, "seed": said.seed, "show_progress": False},
        **{"train_batch_size": said.batch, "learning_rate": said.learning_rate, "dropout_prob": said.dropout},
        **{"mlp_hidden_size": [said.hidden], "latent_dimension": 2 * said.latent, "anneal_cap": said.beta},
        **{"total_anneal_steps": int(said.anneal / said.beta), "train_neg_sample_args": None},
        **{"load_col": {"inter": ["user_id", "item_id"]}, "checkpoint_dir": str(folder), "state": "ERROR"},
        "eval_args": {"split": {"RS": [1, 0, 0]}, "group_by": "user", "order": "RO", "mode": "full"},
    }
    config = Config(model="MultiVAE", dataset="d", config_dict=chosen)
    torch.manual_seed(said.seed)
    dataset = create_dataset(config)
    loader = data_preparation(config, dataset)[0]
    net = MultiVAE(config, loader.dataset)
    trainer = Trainer(config, net)
    tokens = dataset.field2id_token[dataset.iid_field][1:].astype(np.int64)  # number 0 is padding
    latent = said.latent

    def scores(rows: sparse.csr_array) -> np.ndarray:
        x = torch.zeros(rows.shape[0], len(tokens) + 1)
        x[:, 1:] = torch.from_numpy(rows.toarray()[:, tokens])
        given = np.full(rows.shape, -1e9, np.float32)
        mean = net.encoder(torch.nn.functional.normalize(x))[:, :latent]
        given[:, tokens] = net.decoder(mean).numpy()[:, 1:]
        return given

    for epoch in range(said.epochs):
        trainer._train_epoch(loader, epoch)
        yield scores


def matmul(parts: dict[str, Any], said: Namespace) -> Iterator[None]:
    """The dense products of an epoch and no more: all layers but the first, forward, and both backward."""
    n_users, n_items = parts["train"].shape
    widths = ((said.hidden, 2 * said.latent), (said.latent, said.hidden), (said.hidden, n_items))
    sizes = [min(said.batch, n_users - start) for start in range(0, n_users, said.batch)]
    made = {
        size: [(torch.randn(size, a), torch.randn(a, b), torch.randn(size, b)) for a, b in widths]
        for size in set(sizes)
    }
    while True:
        for size in sizes:
            for x, weight, slope in made[size]:
                torch.matmul(x, weight)
                torch.matmul(x.t(), slope)
                torch.matmul(slope, weight.t())
        yield None


CONTENDERS: dict[str, Callable[..., Iterator[Any]]] = {
    "lfd": lfd,
    "plain": lambda parts, said: loop(parts["train"], said),
    "tuned": lambda parts, said: loop(parts["train"], said, tuned=True),
    "cornac": cornac,
    "recbole": recbole,
    "matmul": matmul,
}

if __name__ == "__main__":
    main()
