"""What is done between rounds: when, and in which order."""

import pytest

from jaxgen.run.schedule import Moment, Phase, Task, Why, carry_out

NEVER = frozenset()
ALWAYS = (1,)


def task(phase, every=(), also=NEVER, act=lambda moment: None):
    return Task(phase, every, frozenset(also), act)


def done(tasks, round, why=()):
    """The phases of what is done at a moment, in order."""
    seen = []

    def noting(one):
        def act(moment):
            seen.append(one.phase)
            one.act(moment)

        return one._replace(act=act)

    carry_out([noting(one) for one in tasks], Moment(round, None, set(why)))
    return seen


def test_phases_come_in_the_order_that_keeps_a_run_safe():
    tasks = [task(phase, ALWAYS) for phase in reversed(Phase)]
    assert done(tasks, 1) == sorted(Phase)
    named = [phase.name for phase in sorted(Phase)]
    assert named.index("LOG") < named.index("KEEP") < named.index("SAVE")  # nothing is saved that was not looked at
    assert (
        named.index("MEASURE") < named.index("SCORE") < named.index("LOG") < named.index("LOOK") < named.index("SAVE")
    )


@pytest.mark.parametrize(
    ("every", "also", "round", "why", "due"),
    [
        ((5,), NEVER, 10, (), True),
        ((5,), NEVER, 11, (), False),
        ((5, 11), NEVER, 11, (), True),
        ((0,), NEVER, 10, (), False),
        ((0,), {Why.LAST}, 10, {Why.LAST}, True),
        ((5,), {Why.LAST}, 11, {Why.ASKED}, False),
        ((), {Why.ASKED, Why.FOUND}, 3, {Why.FOUND}, True),
    ],
)
def test_when_a_task_is_due(every, also, round, why, due):
    assert bool(done([task(Phase.SAVE, every, also)], round, why)) == due


def test_what_a_task_finds_calls_for_later_ones_in_the_same_moment():
    look = task(Phase.LOOK, ALWAYS, act=lambda moment: moment.why.add(Why.FOUND))
    after, before = task(Phase.SAVE, also={Why.FOUND}), task(Phase.LOG, also={Why.FOUND})
    assert done([after, look, before], 1) == [Phase.LOOK, Phase.SAVE]


def test_what_is_not_finite_is_never_saved():
    def stop(moment):
        raise FloatingPointError

    saved = []
    tasks = [task(Phase.SAVE, ALWAYS, act=saved.append), task(Phase.LOG, ALWAYS, act=stop)]
    with pytest.raises(FloatingPointError):
        carry_out(tasks, Moment(1, None))
    assert not saved
