"""The table of stages: what each needs, what it gives, and whether it needs torch. Data only.

`needs` and `gives` name members of a run. A stage that lacks a member has the stage that gives it run
first, with its defaults; data and models cannot be made out of nothing, so they name their command.
"""

from __future__ import annotations

from dataclasses import dataclass

DATA = ("data/interactions.parquet", "data/items.parquet", "data/users.parquet", "data/schema.yaml")
MODEL = ("model/config.yaml", "model/weights.safetensors")
TRAINING = ("model/history.csv", "model/split.parquet", "model/notes.yaml")
COMPLEXITY = ("scores/complexity.parquet", "scores/complexity.yaml")
LATENTS = ("latents/users.parquet", "latents/axes.parquet", "latents/frame.yaml")
ALIGNMENT = (
    "alignment/rotation.safetensors",
    "alignment/summary.yaml",
    "alignment/concepts.parquet",
    "alignment/directions.parquet",
    "alignment/folds.safetensors",
)
TRAVERSAL_USERS = "traversals/users.parquet"
TRAVERSAL_GRID = "traversals/grid.parquet"
SCORES_MC = "scores/mc.parquet"
SCORES_SAMPLE = "scores/sample.parquet"
REPORT = ("report/report.json", "report/report.md")
CATALOGUE = ("data/items.parquet", "data/schema.yaml")


@dataclass(frozen=True)
class Stage:
    """One command's contribution to a run, or that of one part of a command.

    Attributes
    ----------
    name : the command; of a part, COMMAND-PART
    settings : where its options are, as `module:class`
    compute : where its work is, as `module:function`
    help : one sentence
    needs, gives : members read and written
    torch : whether torch is imported for it
    source : whether it starts a run rather than adding to one
    part : which part of its command it is, chosen there by `--what`; empty where it is the whole command
    instead : the stage in whose place it stands, whose members it gives; empty for most
    running : where options are that leave no trace in the result, as `module:class`; empty for most
    """

    name: str
    settings: str
    compute: str
    help: str
    needs: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    torch: bool = False
    source: bool = False
    part: str = ""
    instead: str = ""
    running: str = ""

    @property
    def command(self) -> str:
        """The command that it belongs to."""
        return self.name.removesuffix(f"-{self.part}") if self.part else self.name


def _evaluation(what: str, settings: str, help: str, needs: tuple[str, ...], torch: bool = False) -> Stage:
    return Stage(
        f"evaluate-{what}",
        f"lfd.settings.{settings}",
        f"lfd.cli.evaluate.{what}:compute",
        help,
        needs=needs,
        gives=(f"evaluation/{what}.parquet", f"evaluation/{what}.yaml"),
        torch=torch,
        part=what,
    )


STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "gen-data",
            "lfd.settings.synthetic:GenDataSettings",
            "lfd.cli.gen_data:compute",
            "Make synthetic interactions whose generative factors are known.",
            gives=DATA,
            source=True,
        ),
        Stage(
            "load",
            "lfd.settings.loading:LoadSettings",
            "lfd.cli.load:compute",
            "Load real interactions and items: MovieLens, RecBole, or any table.",
            gives=DATA,
            source=True,
        ),
        Stage(
            "complexity",
            "lfd.settings.complexity:ComplexitySettings",
            "lfd.cli.complexity:compute",
            "Measure how complex the data are before training: factors, strengths, how well they show.",
            needs=DATA,
            gives=COMPLEXITY,
        ),
        Stage(
            "train",
            "lfd.settings.training:TrainSettings",
            "lfd.cli.train:compute",
            "Train a latent-factor recommender: a VAE, an autoencoder as its baseline, SVD or ALS.",
            needs=DATA,
            gives=MODEL + TRAINING,
            torch=True,
            running="lfd.settings.running:TrainRunning",
        ),
        Stage(
            "load-model",
            "lfd.settings.importing:LoadModelSettings",
            "lfd.cli.load_model:compute",
            "Load a model that another library trained: factors of users and items, never a pickle.",
            needs=DATA,
            gives=(*MODEL, *TRAINING[1:]),
            instead="train",
        ),
        Stage(
            "align",
            "lfd.settings.alignment:AlignSettings",
            "lfd.cli.align:compute",
            "Find the concepts in latent space, and give it axes that do not depend on the seed.",
            needs=DATA + MODEL,
            gives=ALIGNMENT,
            torch=True,
        ),
        Stage(
            "encode",
            "lfd.settings.encoding:EncodeSettings",
            "lfd.cli.encode:compute",
            "Encode users into latent space: mean and deviation of each z_j.",
            needs=DATA + MODEL,
            gives=LATENTS,
            torch=True,
            running="lfd.settings.running:Sharing",
        ),
        Stage(
            "traverse",
            "lfd.settings.decoding:TraverseSettings",
            "lfd.cli.traverse:compute",
            "Walk along each axis and move users along it; write what is recommended there.",
            needs=DATA + MODEL + LATENTS,
            gives=(TRAVERSAL_GRID, TRAVERSAL_USERS),
            torch=True,
            running="lfd.settings.running:Sharing",
        ),
        Stage(
            "decode-mc",
            "lfd.settings.decoding:DecodeMcSettings",
            "lfd.cli.decode_mc:compute",
            "Decode each signed axis by Magnitude of Change: real users, one z_j moved.",
            needs=(*CATALOGUE, TRAVERSAL_USERS),
            gives=(SCORES_MC,),
        ),
        Stage(
            "decode-sample",
            "lfd.settings.decoding:DecodeSampleSettings",
            "lfd.cli.decode_sample:compute",
            "Decode each signed axis by Sampling: draws from one side of one z_j.",
            needs=(*CATALOGUE, *MODEL, *LATENTS),
            gives=(SCORES_SAMPLE,),
            torch=True,
        ),
        Stage(
            "report",
            "lfd.settings.reporting:ReportSettings",
            "lfd.cli.report:compute",
            "Show which factor each signed axis encodes, by both methods; put several runs side by side.",
            needs=(*DATA, *LATENTS, SCORES_MC, SCORES_SAMPLE),
            gives=REPORT,
            running="lfd.settings.running:Logging",
        ),
        _evaluation(
            "truth",
            "evaluation:TruthSettings",
            "Axes, directions, ceilings and decoded factors against the truth of synthetic data.",
            (*DATA, *MODEL, TRAINING[1], *LATENTS, SCORES_MC, SCORES_SAMPLE),
            torch=True,
        ),
        _evaluation(
            "disentanglement",
            "evaluation:RunDisentanglementSettings",
            "MIG, DCI, SAP, modularity and explicitness against the truth or users' attribute shares.",
            (*DATA, *LATENTS),
        ),
        _evaluation(
            "continuity",
            "evaluation:ContinuitySettings",
            "How smoothly and monotonically recommendations change along each axis.",
            (*CATALOGUE, LATENTS[1], TRAVERSAL_GRID, SCORES_MC),
        ),
        _evaluation(
            "steering",
            "steering:EvaluateSteeringSettings",
            "What moving held-out users towards a value gives them, and what it costs, knob by knob.",
            (*DATA, *MODEL, TRAINING[1]),
            torch=True,
        ),
        _evaluation(
            "ranking",
            "ranking:EvaluateRankingSettings",
            "Recall and NDCG of held-out users (Liang et al. 2018), beside EASE and popularity.",
            (*DATA, *MODEL, TRAINING[1]),
            torch=True,
        ),
        _evaluation(
            "explanations",
            "explaining:EvaluateExplanationsSettings",
            "What becomes of an item without the history and the leaning that its explanation names.",
            (*DATA, *MODEL, TRAINING[1], *LATENTS),
            torch=True,
        ),
        _evaluation(
            "coldstart",
            "coldstart:EvaluateColdstartSettings",
            "How well newcomers are served who state a leaning or two, between popularity and a history.",
            (*DATA, *MODEL, TRAINING[1]),
            torch=True,
        ),
    )
}

# What reads a run and writes nothing into it: options and needs as a stage has them, gives nothing.
USES: dict[str, Stage] = {
    use.name: use
    for use in (
        Stage(
            "recommend",
            "lfd.settings.recommending:RecommendSettings",
            "",
            "Recommend items to a user, to a new history, to many, or to nobody yet; turn knobs by name.",
            needs=(*DATA, *MODEL, *LATENTS),
            torch=True,
        ),
        Stage(
            "explain",
            "lfd.settings.explaining:ExplainSettings",
            "",
            "Explain why these items for this user: decoded factors, places without them, the history.",
            needs=(*DATA, *MODEL, *LATENTS),
            torch=True,
        ),
    )
}


def giver(member: str) -> Stage | None:
    """The stage that makes `member` from a run; None for data and unknown members."""
    return next((s for s in STAGES.values() if member in s.gives and not s.source), None)


def commands() -> dict[str, tuple[Stage, ...]]:
    """The commands that work on runs, in the order of the pipeline, each with its stages."""
    names = dict.fromkeys(stage.command for stage in STAGES.values())
    return {name: tuple(s for s in STAGES.values() if s.command == name) for name in names}


def typed(name: str, run: str = "RUN") -> list[str]:
    """The words that ask for a stage on a run, without its options."""
    stage = STAGES.get(name)
    if stage is None or not stage.part:
        return ["lfd", name, run]
    return ["lfd", stage.command, run, "--what", stage.part]
