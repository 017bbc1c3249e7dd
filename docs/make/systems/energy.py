"""docs/systems/energy.md: energies, and chains that climb them."""

from system import Line, System, described, family, run_facts

ENERGY = System(
    "A discriminator that generates",
    "experiments/energy/energy.py",
    r"""D:\ D(x^-) - D(x^+) + w\,(D(x^+)^2 + D(x^-)^2)
x^- \leftarrow x^- + \eta\,\nabla D(x^-) + \sigma\,\varepsilon,\quad \varepsilon \sim N(0, I)""",
    "Du & Mordatch 2019, with the energy -D: data scores above what D draws itself by climbing its own score from a "
    "buffer of earlier images. The pictures of rounds are of that buffer, `sample` is drawn anew from noise.",
    ("energy-digits", "energy-mnist"),
)


def page() -> str:
    return family(
        "Energy models", "One net, whose score is a negative energy, and chains that climb it.", described(ENERGY)
    )


def line() -> Line:
    found = run_facts("energy-digits")
    return Line(
        "a discriminator that generates",
        ENERGY.script,
        f"draws scikit-learn's digits after {found['rounds']:,} rounds, {found['seconds']:,.0f} s",
    )
