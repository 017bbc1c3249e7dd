"""Equilibrium, mode collapse and convergence failure, recognised in the lines that a run writes of itself.

A line is a mapping of names to numbers, with "round" in it: `D/accuracy_real`, `D/loss`, `samples/twins` and so on, as
`recipes.gan` and `run.Session` give them. Lines without samples (between pictures, or of games that draw none) count
for what is seen in the curves alone. docs/diagnostics.md says how often the detectors are right.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

Line = Mapping[str, Any]

HELPS = {
    "equilibrium": "nothing is wrong: go on while the pictures get better, and average G's parameters",
    "collapse": "a longer z, the objectives wgan_gp or r3gan, --unroll, minibatch discrimination, smaller steps of G",
    "failure": "a G as large as D, kernels of 3 to 5 pixels, Adam at 2e-4 with beta1 0.5, a gradient penalty on D",
}


class Finding(NamedTuple):
    kind: str  # "equilibrium", "collapse" or "failure"
    began: int  # the round from which on it was seen
    saw: str  # numbers, one line
    helps: str  # what usually helps, one line


def find(
    lines: Sequence[Line],
    *,
    settle: int = 300,  # rounds in which any G is still learning to draw at all: healthy ones draw alike until then
    lasting: int = 3,  # samples, or for curves alone 3 times as many lines, that must agree: one may be chance
    twins: float = 0.5,  # share of fakes with a twin: healthy runs stay below 0.1, a G of few images is near 1
    narrow: float = 0.25,  # diversity: a G of one image and some noise has no twins, but no spread either
    far: float = 2.0,  # nearest real image: noise and half-formed images are beyond, healthy ones below 1.7
    even: float = 0.65,  # D's mean accuracy: 0.5 is the equilibrium, an untrained D moves by about 0.1 around it
    certain: float = 0.025,  # D's loss when it has won: few images fool nobody, or for 9 lines on end none do
    near: float = 0.75,  # scores without a zero: their gap, in spreads, when D cannot tell; accuracy 0.65 is 0.77
    apart: float = 8.5,  # such a gap when few images fool nobody; alone it says nothing: healthy WGAN-GPs have 10
) -> list[Finding]:
    """What is to be seen in a run's lines, in the order in which it began: one finding for each time that it lasted.

    A collapse is few images of which D is not sure, so that they are like real ones. A failure is images far from all
    real ones, or few images that fool no D. The equilibrium of Goodfellow et al. 2014 (proposition 2) is a D that
    cannot tell, of images that are neither few nor far.

    Args:
      lines: in the order of their rounds.
      **thresholds: the named ones, each with its reason beside it.
    """
    sampled = [line for line in lines if "samples/twins" in line and line["round"] >= settle]
    curves = [line for line in lines if line["round"] >= settle and _accuracy(line) is not None]

    def decided(line: Line) -> bool:
        accuracy, gap = _accuracy(line), separation(line)
        if accuracy is None:
            return gap is not None and gap > apart
        return accuracy > 0.995 and 0 <= line.get("D/loss", 1.0) < certain

    def few(line: Line) -> bool:
        return line["samples/twins"] > twins or line["samples/diversity"] < narrow

    def failed(line: Line) -> bool:
        return line["samples/nearest"] > far or (few(line) and decided(line))

    def collapsed(line: Line) -> bool:
        return few(line) and not failed(line)

    def cannot_tell(line: Line) -> bool:
        accuracy, gap = _accuracy(line), separation(line)
        if accuracy is not None:
            return abs(accuracy - 0.5) < even - 0.5
        return gap is not None and abs(gap) < near

    def balanced(line: Line) -> bool:
        return cannot_tell(line) and not failed(line) and not collapsed(line)

    found = [*_findings("equilibrium", _spans(sampled, balanced, lasting))]
    for span in _spans(sampled, lambda line: failed(line) or collapsed(line), lasting):
        kinds = [("failure", s) for s in _spans(span, failed, lasting)]
        kinds += [("collapse", s) for s in _spans(span, collapsed, lasting)]
        # one that goes to and fro between both is what it is more often
        often = "failure" if 2 * sum(map(failed, span)) >= len(span) else "collapse"
        for kind, part in kinds or [(often, span)]:
            found += _findings(kind, iter([part]))
    if not sampled:
        found += _findings("failure", _spans(curves, decided, 3 * lasting))
    return sorted(found, key=lambda finding: finding.began)


def verdict(findings: Sequence[Finding]) -> str:
    """A run in one word, by the last thing found wrong with it: "collapse", "failure", or "healthy" for nothing."""
    bad = [finding.kind for finding in findings if finding.kind != "equilibrium"]
    return bad[-1] if bad else "healthy"


def oscillation(values: Sequence[float]) -> float:
    """How much a curve swings from point to point beside its level: mean step over mean size; 0 for a level line."""
    size = sum(map(abs, values)) / max(1, len(values))
    steps = [abs(b - a) for a, b in pairwise(values)]
    return sum(steps) / len(steps) / size if steps and size else 0.0


def _accuracy(line: Line) -> float | None:
    """D's mean accuracy on real images and fakes."""
    if "D/accuracy_real" not in line or "D/accuracy_fake" not in line:
        return None
    return (line["D/accuracy_real"] + line["D/accuracy_fake"]) / 2


def separation(line: Line) -> float | None:
    """How far D's scores of a real image and of a fake lie apart, in standard deviations of either, where scores have
    no zero (Wasserstein, relativistic and softmax losses): by differences in pairs, in which what all scores share, and
    what of it drifts from round to round, cancels. For normal scores of equal spread the best threshold's accuracy is
    that of a normal variable below half of it."""
    if "D/gap_fake" not in line or "D/gap_fake_square" not in line:
        return None
    gap = line["D/gap_fake"]
    variance = max(line["D/gap_fake_square"] - gap * gap, 1e-12 * gap * gap) / 2  # of a difference it is twice as large
    return gap / math.sqrt(variance) if variance > 0 else 0.0


def _spans(lines: Sequence[Line], holds: Callable[[Line], bool], lasting: int) -> Iterator[list[Line]]:
    """Runs of at least `lasting` lines, as long as possible, of which all hold."""
    span: list[Line] = []
    for line in [*lines, None]:
        if line is not None and holds(line):
            span.append(line)
            continue
        if len(span) >= lasting:
            yield span
        span = []


def _findings(kind: str, spans: Iterator[list[Line]]) -> Iterator[Finding]:
    for span in spans:
        yield Finding(kind, int(span[0]["round"]), _seen(span), HELPS[kind])


_SHOWN = {
    "samples/twins": "fakes with a twin",
    "samples/diversity": "diversity",
    "samples/nearest": "distance to real",
    "D/accuracy_real": "D right on real",
    "D/accuracy_fake": "on fake",
    "D/loss": "D's loss",
    "G/loss": "G's loss",
    "D/grad_norm": "D's gradient",
    "G/grad_norm": "G's",
    "samples/gap": "training over held-out score",
}


def _seen(span: Sequence[Line]) -> str:
    """The last line's numbers."""
    last = span[-1]
    said = [f"{words} {last[name]:.3g}" for name, words in _SHOWN.items() if name in last]
    if (gap := separation(last)) is not None:
        said.append(f"scores of real and fake apart by {gap:.2g} spreads")
    losses = [line["G/loss"] for line in span if "G/loss" in line]
    swings = [f"G's loss swings by {oscillation(losses):.0%}"] if len(losses) > 1 else []
    return ", ".join(said + swings)
