"""docs/speed.md: of rounds, over devices, of the start, and beside PyTorch."""

from typing import Any

from measured.pytorch import torch_section
from tables import joined, load, made_by, plot, table


def page() -> str:
    return joined(
        "# Speed",
        "On two CPU cores unless a row says otherwise. What was tried, and stayed or did not: "
        "[NOTES](../benchmarks/NOTES.md). Sampling pixel by pixel is on the page of [pixels](systems/pixels.md), "
        "searches for codes on that of [searches](systems/search.md). `make bench-full` measures anew.",
        torch_section(),
        throughput_section("bench-throughput.json"),
        parts_section("bench-parts.json"),
        scaling_section("bench-scaling.json"),
        startup_section("bench-startup.json"),
    )


def megabytes(number: float | None) -> str:
    return "" if number is None else f"{number / 1e6:,.1f}"


def throughput_section(name: str) -> str:
    found = load(name)
    rows = [
        [
            f["recipe"],
            f["dtype"],
            f["dispatch"],
            f"{f['ms']:,.1f} ({f['ms_least']:,.1f} to {f['ms_most']:,.1f})",
            f"{f['images_per_second_and_device']:,.0f}",
            f"{f['gflop']:,.1f}",
            f"{100 * f['share_of_peak']:.0f} %",
            megabytes(f["program_bytes"]),
            megabytes(f["process_bytes"]),
            f"{f['compile_s']:.1f}",
        ]
        for f in found["rows"]
    ]
    head = [
        "workload", "type", "rounds a dispatch", "ms a round", "real images a second and a device", "GFLOP a round",
        "of the peak", "program, MB", "process at most, MB", "compiling, s",
    ]  # fmt: skip
    peaks = ", ".join(f"{peak:,.0f} GFLOP/s in {dtype}" for dtype, peak in found["peak_gflops"].items())
    words = (
        f"Median of processes of their own (least to most). The peak is a large product of matrices: {peaks}. "
        "A program's memory is what XLA plans for it on a device; a process' includes compiling."
    )
    return joined("## Throughput", words, table(head, rows), plot(name), made_by(found["environment"]))


def parts_section(name: str) -> str:
    found = load(name)
    rows = [
        [
            row["recipe"],
            f"{row['ms']:,.1f}",
            f"{row['alone_ms']:,.1f}",
            f"{100 * row['alone_ms'] / row['ms']:.0f} %",
            row["parts"],
            f"{row['alone_gflop'] / row['alone_ms'] * 1000:,.0f} of {row['peak_gflops']:,.0f}",
            "; ".join(f"{p['count']} {p['part']}: {p['ms']:,.1f} ms, {p['gflops']:,.0f}" for p in row["longest"][:2]),
        ]
        for row in found["rows"]
    ]
    head = [
        "workload", "ms a round", "convolutions and products, ms", "of it", "how many", "their GFLOP/s, of the peak",
        "the longest, all of them together, and their GFLOP/s",
    ]  # fmt: skip
    words = (
        "A round's convolutions and products of matrices, each timed alone with all cores, and counted as often as the "
        "round has it, beside the whole round. Only faster convolutions, or fewer, take a round far below that sum; it "
        "is no strict bound, since two may run at once."
    )
    return joined("## Where a round's time goes", words, table(head, rows), plot(name), made_by(found["environment"]))


def scaling_section(name: str) -> str:
    found = load(name)
    rows = [scaling_row(row["recipe"], one, row["devices"][0]) for row in found["rows"] for one in row["devices"]]
    s = found["settings"]
    head = [
        "workload", "devices", "ms a round", "of one's", "gradient all-reduces a turn", "all collectives a round",
        "gradients, MB", "beside them, KB", "model: ms a round", "model: not sending",
    ]  # fmt: skip
    words = (
        "The devices are fake ones that share the cores, with the same batch together: this is what splitting costs, "
        "not what devices gain; processes, of one device each, send to each other over the loopback. "
        f"The model, which nothing here has measured: {s['accelerator']} with "
        f"{s['tflops']:,.0f} TFLOP/s, {s['memory_gbs']:,.0f} GB/s of memory and {s['links_gbs']:,.0f} GB/s between "
        "devices, each with the whole batch for itself, and nothing sent while it computes. Small nets wait for "
        "latencies, which it leaves out. What lies beside the gradients is metrics and BatchNorm's sums. "
        + ("Every turn" if found["as_it_should_be"] else "NOT every turn")
        + " sends its gradients once, and nothing else that grows with the parameters."
    )
    return joined("## Over devices", words, table(head, rows), plot(name), made_by(found["environment"]))


def layout(answer: dict[str, Any]) -> str:
    """Where a row was played."""
    return f"{answer['devices']}" + (f" in {answer['processes']} processes" if answer.get("processes", 1) > 1 else "")


def scaling_row(recipe: str, one: dict[str, Any], alone: dict[str, Any]) -> list[Any]:
    kinds = [f"{of['count']} {kind}" for kind, of in one["collectives"].items()]
    sent = [
        f"{one['gradient_all_reduces']:g}",
        ", ".join(kinds) or "none",
        megabytes(one["gradients_bytes"]),
        f"{one['beside_gradients_bytes'] / 1e3:,.1f}",
    ]
    return [
        recipe,
        layout(one),
        f"{one['ms']:,.1f}",
        f"{one['ms'] / alone['ms']:.2f}",
        *(sent if one["devices"] > 1 else [""] * len(sent)),
        f"{one['model']['ms']:.3f}",
        f"{100 * one['model']['efficiency']:.0f} %",
    ]


def startup_section(name: str) -> str:
    found = load(name)
    imports = [[what, f"{of['seconds']:.2f}", f"{of['ours']:.2f}"] for what, of in found["imports"].items()]
    rows = [
        [row["recipe"], *[f"{row[kind][part]:.1f}" for part in ("round_s", "process_s") for kind in ("cold", "warm")]]
        for row in found["rows"]
    ]
    head = [
        "workload", "first round, cold, s", "warm, s", "from Python's start to its end, cold, s", "warm, s"
    ]  # fmt: skip
    return joined(
        "## The start",
        "Seconds of imports, and those spent in our own modules:",
        table(["import", "s", "ours, s"], imports),
        "Seconds until the first round is done, with nothing compiled before, and with the programs that the cold "
        "start has kept, as a run keeps them:",
        table(head, rows),
        plot(name),
        made_by(found["environment"]),
    )
