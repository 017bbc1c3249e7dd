"""docs/exactness.md: the same numbers on any number of devices, and after any kill."""

from tables import joined, load, made_by, table


def page() -> str:
    return joined(
        "# Exactness",
        "A run's state is a pure function of its settings: whatever the number of devices but for the order of sums, "
        "and to the bit wherever the run was stopped. How: [the engine](engine.md).",
        devices_section(),
        kills_section(),
    )


def devices_section() -> str:
    found = load("devices.json")
    apart = found["largest_difference_from_one_device"]
    rows = [[name, f"{difference:.1e}"] for name, difference in apart.items()]
    words = (
        "Largest difference of any number in the state (parameters, statistics, moments, averages) from one device's."
    )
    return joined(
        f"## The same numbers on any number of devices, after {found['rounds']} round(s)",
        words,
        table(["devices", "largest difference"], rows),
        made_by(found["environment"]),
    )


def kills_section() -> str:
    found = load("kill_points.json")
    words = (
        f"Killed {found['kills']} times at random moments ({found['while_saving']} during a save, "
        f"{found['while_starting']} while starting), {found['rounds']:,} rounds, "
        f"seed {found['settings']['seed']}: the digests are "
        f"{'equal' if found['equal'] else 'NOT equal'}."
    )
    digests = f"`{found['killed']}` killed, `{found['straight']}` never stopped."
    return joined("## kill -9", words, digests, made_by(found["environment"], found["seconds"]))
