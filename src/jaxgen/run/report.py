"""A run as one self-contained page: curves, pictures, speed, and how to get the same again."""

import base64
import html
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from jaxgen.diagnostics import Finding, find
from jaxgen.model import older
from jaxgen.run.log import read_metrics
from jaxgen.store.folder import Folder, write

_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{margin-bottom:0} h2{margin-top:2.2rem} table{border-collapse:collapse} td,th{padding:.15rem .9rem .15rem 0;
text-align:left;vertical-align:top}
figure{display:inline-block;margin:0 1rem 1rem 0} figcaption{color:#666;font-size:85%}
img{max-width:100%} code,pre{background:#f4f4f4;padding:.1rem .3rem;white-space:pre-wrap;word-break:break-word}
.curves img{width:100%}"""


_COLOURS = {"equilibrium": "#2a7f3f", "collapse": "#c0392b", "failure": "#8e44ad"}


def write_report(folder: Folder) -> None:
    """Write `report.html` from what is in the run's folder.

    Raises:
      InputError: it is not a run's folder.
    """
    write(folder.report, render(folder))


def render(folder: Folder) -> str:
    config = folder.config()
    lines = older.lines(config, read_metrics(folder.metrics))
    findings = find(lines)
    settings = config["settings"]
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{_text(folder.path.name)}</title>",
        f"<style>{_STYLE}</style>",
        f"<h1>{_text(config['experiment'])} on {_text(settings.get('dataset'))}</h1>",
        f"<p>{_text(folder.path)}, round {lines[-1]['round'] if lines else 0:,} of {settings.get('rounds', 0):,}</p>",
    ]
    parts += ["<h2>Findings</h2>", _findings(findings)]
    parts += _scores(folder)
    parts += ["<h2>Speed</h2>", _table(_speed(lines)), "<h2>The same codes through training</h2>", _grids(folder)]
    if extra := sorted(folder.path.glob("*.png")):
        parts += ["<h2>Drawn from the trained nets</h2>", *[_figure(p.read_bytes(), p.name) for p in extra]]
    if lines:
        parts += [
            "<h2>Curves</h2>",
            f'<div class=curves><img src="{_uri(_curves(lines, findings), "svg+xml")}" alt="curves"></div>',
        ]
    parts += ["<h2>Settings</h2>", _table(settings), "<h2>Data</h2>", _table(config["data"])]
    for start in config.get("starts", []):
        parts += [f"<h2>Started at round {start.get('round', 0):,}</h2>", _table(_flat(start))]
    return "\n".join([*parts, "</html>\n"])


def _findings(findings: Sequence[Finding]) -> str:
    if not findings:
        return "<p>No equilibrium, mode collapse or convergence failure was seen in the numbers below.</p>"
    cells = [(f.kind, f"{f.began:,}", f.saw, f.helps) for f in findings]
    rows = "".join("<tr>" + "".join(f"<td>{_text(cell)}" for cell in row) for row in cells)
    head = "<tr><th>what<th>since round<th>seen when last looked at<th>what usually helps"
    return f"<table>{head}{rows}</table><p>The curves are marked where each began.</p>"


def _scores(folder: Folder) -> list[str]:
    """What `jaxgen evaluate` and `jaxgen likelihood` measured, and how."""
    parts = []
    for file in sorted(folder.scores.glob("*.json")):
        told = json.loads(file.read_text())
        values = _values(told)
        about = ("protocol", "real", "generated", "network", "split", "data", "measure", "parameters")
        how = {name: json.dumps(told[name]) for name in about if told.get(name)}
        parts += [
            f"<h3>{_text(file.stem)}</h3>",
            _table(values),
            f"<details><summary>how</summary>{_table(how)}</details>",
        ]
    return ["<h2>Scores</h2>", *parts] if parts else []


def _values(told: Mapping[str, Any]) -> dict[str, str]:
    """The figures of a record of scores, or of likelihoods."""
    if "scores" in told:
        return {s["name"]: f"{s['value']:.6g}" + (f" ± {s['std']:.3g}" if s["std"] else "") for s in told["scores"]}
    names = {"nll": "negative log-likelihood", "elbo": "negative ELBO"}
    return {
        f"{what}, nats": f"{told[name]:.6g} ± {told[f'{name}_error']:.3g} ({told[f'{name}_bits_per_dim']:.4g} bits/dim)"
        for name, what in names.items()
        if name in told
    }


def _speed(lines: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    if not lines:
        return {"rounds": "none logged yet"}
    speeds = sorted(line["images_per_second"] for line in lines)
    waits = [line["data_wait"] for line in lines]
    return {
        "images a second": f"{speeds[len(speeds) // 2]:,.0f} (median; {speeds[0]:,.0f} to {speeds[-1]:,.0f})",
        "time waiting for data": f"{100 * sum(waits) / len(waits):.2f} %",
        "wall-clock": f"{lines[-1]['seconds']:,.1f} s, compilation and pictures included",
    }


def _grids(folder: Folder, most: int = 8) -> str:
    """Up to `most` of the grids, spread evenly over training, the first and the last among them."""
    files = sorted(folder.samples.glob("round-*.png"))
    if not files:
        return "<p>no pictures yet</p>"
    places = {round(i * (len(files) - 1) / max(1, most - 1)) for i in range(most)}
    chosen = [files[i] for i in sorted(places)]
    return "\n".join(_figure(f.read_bytes(), f"round {int(f.stem.split('-')[1]):,}", 220) for f in chosen) + (
        f"<p>The last one larger:</p>{_figure(files[-1].read_bytes(), files[-1].name)}"
    )


def _figure(png: bytes, caption: str, width: int | None = None) -> str:
    size = f' width="{width}"' if width else ""
    return f'<figure><img src="{_uri(png, "png")}"{size} alt=""><figcaption>{_text(caption)}</figcaption></figure>'


def _uri(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _curves(lines: Sequence[Mapping[str, Any]], findings: Sequence[Finding] = ()) -> bytes:
    """One panel for each kind of metric ("D/loss" and "G/loss" share one), marked at the findings, as SVG."""
    from matplotlib.figure import Figure  # here: a run should not pay for the import before it is done

    names = sorted({name for line in lines for name in line if "/" in name})
    panels: dict[str, list[str]] = {}
    for name in names:
        panels.setdefault(name.split("/")[1].removesuffix("_real").removesuffix("_fake"), []).append(name)
    kinds = [*panels, "images_per_second", "data_wait"]
    panels |= {"images_per_second": ["images_per_second"], "data_wait": ["data_wait"]}
    rows = -(-len(kinds) // 2)
    figure = Figure(figsize=(11, 2.6 * rows), layout="constrained")
    for axes, kind in zip(figure.subplots(rows, 2, squeeze=False).flat, kinds):
        for name in panels[kind]:
            points = [(line["round"], line[name]) for line in lines if name in line]
            axes.plot(*zip(*points), label=name, linewidth=1.2)
        axes.set_title(kind.replace("_", " "), fontsize=10)
        axes.set_xlabel("round", fontsize=8)
        axes.grid(alpha=0.3)
        if kind == "accuracy":
            axes.axhline(0.5, color="black", linewidth=0.8, linestyle=":", label="equilibrium")
            axes.set_ylim(-0.02, 1.02)
        for f in findings:
            axes.axvline(f.began, color=_COLOURS[f.kind], linewidth=1, linestyle="--", label=f.kind)
        if len(panels[kind]) > 1 or kind == "accuracy":
            axes.legend(fontsize=8)
    for axes in figure.axes[len(kinds) :]:
        axes.axis("off")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _table(values: Mapping[str, Any]) -> str:
    rows = "".join(f"<tr><th>{_text(name)}<td>{_text(value)}" for name, value in values.items())
    return f"<table>{rows}</table>"


def _flat(start: Mapping[str, Any]) -> dict[str, str]:
    packages = ", ".join(f"{name} {version}" for name, version in start.get("packages", {}).items())
    shown = {n: v for n, v in start.items() if n not in ("packages", "devices", "round")}
    return {**shown, "devices": ", ".join(map(str, start.get("devices", []))), "packages": packages}


def _text(value: Any) -> str:
    return html.escape("" if value is None else str(value))
