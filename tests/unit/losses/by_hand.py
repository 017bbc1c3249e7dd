"""Every loss of scores, worked by hand: a new one is a new row here, and all of the shared tests run on it."""

from collections.abc import Callable
from functools import partial
from math import exp, log
from typing import NamedTuple

import numpy as np
from scipy.special import log_expit, logsumexp

from jaxgen.losses import (
    adversarial,
    boundary_equilibrium,
    boundary_seeking,
    contrastive,
    energy_based,
    f_divergence,
    hinge,
    least_squares,
    loss_sensitive,
    relativistic,
    softmax,
    wasserstein,
)

BIG = 1e4
T = log(3)  # the score at which D is 3/4 sure: softplus(T) = log 4, softplus(-T) = log 4/3
SURE, HALF, UNSURE = log(4 / 3), log(2), log(4)  # softplus of -T, 0 and T


class Row(NamedTuple):
    """A loss of scores [B]: its values and gradients where they can be worked out by hand, and the same formula."""

    loss: Callable
    scores: list[list[float]]  # one list per argument
    values: list[float]
    gradients: list[list[float]]  # of the losses' sum, one list per argument
    formula: Callable  # the same in float64
    unbounded: bool = False  # the maths itself overflows float32 at BIG
    scale: float = 8.0  # of random scores


def softplus(x):
    return -log_expit(-x)


def relu(x):
    return np.maximum(x, 0)


LOSSES = {
    "contrastive-divergence": Row(
        contrastive.divergence,
        [[0, 3, -1, BIG, -BIG], [0, 1, 2, -BIG, BIG]],
        [0, -2, 3, -2 * BIG, 2 * BIG],
        [[-1] * 5, [1] * 5],
        lambda real, drawn: drawn - real,
    ),
    "contrastive-magnitude": Row(
        contrastive.magnitude,
        [[0, 3, -1], [0, 1, 2]],
        [0, 10, 5],
        [[0, 6, -2], [0, 2, 4]],
        lambda real, drawn: real**2 + drawn**2,
    ),
    "discriminator": Row(
        adversarial.discriminator,  # D(x) is 1/2 at 0, 3/4 at T, 1/4 at -T, and 0 or 1 at -BIG and BIG
        [[0, T, -T, T, BIG, -BIG, BIG], [0, -T, -T, T, -BIG, BIG, BIG]],
        [2 * HALF, 2 * SURE, UNSURE + SURE, SURE + UNSURE, 0, 2 * BIG, BIG],
        [[-1 / 2, -1 / 4, -3 / 4, -1 / 4, 0, -1, 0], [1 / 2, 1 / 4, 1 / 4, 3 / 4, 0, 1, 1]],
        lambda real, fake: softplus(-real) + softplus(fake),
    ),
    "discriminator-smooth": Row(
        partial(adversarial.discriminator, smooth=0.25),  # at T, D(x) = 3/4 is the target itself
        [[0, T, -T, BIG, -BIG], [0, -T, T, 0, 0]],
        [2 * HALF, SURE + T / 4 + SURE, UNSURE - T / 4 + UNSURE, BIG / 4 + HALF, 3 / 4 * BIG + HALF],
        [[-1 / 4, 0, -1 / 2, 1 / 4, -3 / 4], [1 / 2, 1 / 4, 3 / 4, 1 / 2, 1 / 2]],
        lambda real, fake: 0.75 * softplus(-real) + 0.25 * softplus(real) + softplus(fake),
    ),
    "minimax": Row(
        adversarial.minimax,
        [[0, T, -T, BIG, -BIG]],
        [-HALF, -UNSURE, -SURE, -BIG, 0],
        [[-1 / 2, -3 / 4, -1 / 4, -1, 0]],  # vanishes where D is sure that it sees a fake
        lambda fake: -softplus(fake),
    ),
    "non_saturating": Row(
        adversarial.non_saturating,
        [[0, T, -T, BIG, -BIG]],
        [HALF, SURE, UNSURE, 0, BIG],
        [[-1 / 2, -1 / 4, -3 / 4, 0, -1]],  # and here it is largest there
        lambda fake: softplus(-fake),
    ),
    "maximum_likelihood": Row(
        adversarial.maximum_likelihood,
        [[0, T, -T, 1, -BIG]],
        [-1, -3, -1 / 3, -exp(1), 0],
        [[-1, -3, -1 / 3, -exp(1), 0]],
        lambda fake: -np.exp(fake),
        unbounded=True,
        scale=2.0,
    ),
    "least_squares-discriminator": Row(
        least_squares.discriminator,
        [[0, 1, 2, -1], [0, 0, 1, 3]],
        [1 / 2, 0, 1, 2 + 9 / 2],
        [[-1, 0, 1, -2], [0, 0, 1, 3]],
        lambda real, fake: (real - 1) ** 2 / 2 + fake**2 / 2,
    ),
    "least_squares-discriminator-pearson": Row(
        partial(least_squares.discriminator, a=-1.0, b=1.0),
        [[0, 1, 2, -1], [0, -1, 1, 3]],
        [1, 0, 1 / 2 + 2, 2 + 8],
        [[-1, 0, 1, -2], [1, 0, 2, 4]],
        lambda real, fake: (real - 1) ** 2 / 2 + (fake + 1) ** 2 / 2,
    ),
    "least_squares-generator": Row(
        least_squares.generator,
        [[0, 1, 3, -2]],
        [1 / 2, 0, 2, 9 / 2],
        [[-1, 0, 2, -3]],
        lambda fake: (fake - 1) ** 2 / 2,
    ),
    "least_squares-generator-pearson": Row(
        partial(least_squares.generator, c=0.0),
        [[0, 1, 3, -2]],
        [0, 1 / 2, 9 / 2, 2],
        [[0, 1, 3, -2]],
        lambda fake: fake**2 / 2,
    ),
    "wasserstein-critic": Row(
        wasserstein.critic,
        [[0, 1, -2, BIG], [0, 3, 5, -BIG]],
        [0, 2, 7, -2 * BIG],
        [[-1] * 4, [1] * 4],
        lambda real, fake: fake - real,
    ),
    "wasserstein-generator": Row(
        wasserstein.generator, [[0, 1, -2, BIG]], [0, -1, 2, -BIG], [[-1] * 4], lambda fake: -fake
    ),
    "hinge-discriminator": Row(
        hinge.discriminator,
        [[0, 0.5, 2, -3, BIG], [0, -0.5, -2, 4, -BIG]],
        [2, 1, 0, 4 + 5, 0],
        [[-1, -1, 0, -1, 0], [1, 1, 0, 1, 0]],
        lambda real, fake: relu(1 - real) + relu(1 + fake),
    ),
    "hinge-generator": Row(hinge.generator, [[0, 1, -2, BIG]], [0, -1, 2, -BIG], [[-1] * 4], lambda fake: -fake),
    "relativistic-average-discriminator": Row(
        relativistic.average_discriminator,
        # Mean real T, mean fake 0: real - E fake is (2T, 0), E real - fake is (2T, 0). softplus(-2T) = log 10/9.
        # With 1 - sigmoid of (2T, 0) = 1/10, 1/2: each score also moves the mean that the two others are compared to.
        [[2 * T, 0], [-T, T]],
        [2 * log(10 / 9), 2 * HALF],
        [[-1 / 10 - 3 / 10, -1 / 2 - 3 / 10], [1 / 10 + 3 / 10, 1 / 2 + 3 / 10]],
        lambda real, fake: softplus(fake.mean() - real) + softplus(fake - real.mean()),
    ),
    "relativistic-average-generator": Row(
        relativistic.average_generator,
        [[-T, T], [2 * T, 0]],
        [2 * log(10 / 9), 2 * HALF],
        [[1 / 10 + 3 / 10, 1 / 2 + 3 / 10], [-1 / 10 - 3 / 10, -1 / 2 - 3 / 10]],
        lambda real, fake: softplus(real.mean() - fake) + softplus(real - fake.mean()),
    ),
    "relativistic-pairing-discriminator": Row(
        relativistic.pairing_discriminator,
        [[0, 2 * T, T, -T, BIG, -BIG], [0, T, 2 * T, -T, -BIG, BIG]],
        [HALF, SURE, UNSURE, HALF, 0, 2 * BIG],
        [[-1 / 2, -1 / 4, -3 / 4, -1 / 2, 0, -1], [1 / 2, 1 / 4, 3 / 4, 1 / 2, 0, 1]],
        lambda real, fake: softplus(fake - real),
    ),
    "relativistic-pairing-generator": Row(
        relativistic.pairing_generator,
        [[0, 2 * T, T, BIG], [0, T, 2 * T, -BIG]],
        [HALF, UNSURE, SURE, 2 * BIG],
        [[1 / 2, 3 / 4, 1 / 4, 1], [-1 / 2, -3 / 4, -1 / 4, -1]],
        lambda real, fake: softplus(real - fake),
    ),
    "energy_based-discriminator": Row(
        partial(energy_based.discriminator, margin=3.0),
        [[0, 1, 2, 0.5], [0, 2, 5, -1]],
        [3, 2, 2, 4.5],
        [[1, 1, 1, 1], [-1, -1, 0, -1]],
        lambda real, fake: real + relu(3 - fake),
    ),
    "energy_based-generator": Row(energy_based.generator, [[0, 2]], [0, 2], [[1, 1]], lambda fake: fake),
    "boundary_equilibrium-discriminator": Row(
        partial(boundary_equilibrium.discriminator, k=0.25),
        [[1, 2, 0], [4, 0, 8]],
        [0, 2, -2],
        [[1, 1, 1], [-0.25, -0.25, -0.25]],
        lambda real, fake: real - 0.25 * fake,
    ),
    "boundary_equilibrium-generator": Row(
        boundary_equilibrium.generator, [[0, 2]], [0, 2], [[1, 1]], lambda fake: fake
    ),
    "loss_sensitive-critic": Row(
        partial(loss_sensitive.critic, weight=0.5),
        [[1, 1, 2, 0], [2, 4, 1, 5], [3, 1, 0, 4]],
        [1 + 1, 1, 2 + 1 / 2, 0],
        [[1.5, 1, 1.5, 1], [-0.5, 0, -0.5, 0], [0.5, 0, 0.5, 0]],
        lambda real, fake, margin: real + relu(margin + real - fake) / 2,
    ),
    "loss_sensitive-generator": Row(loss_sensitive.generator, [[0, 2]], [0, 2], [[1, 1]], lambda fake: fake),
    "softmax-discriminator": Row(
        softmax.discriminator,
        # exp(scores) are 3, 1 and 2, 2: Z = 8. Each score's gradient is twice (two losses) its share, less 1 if real.
        [[log(3), 0], [log(2), log(2)]],
        [log(8 / 3), log(8)],
        [[2 * 3 / 8 - 1, 2 * 1 / 8 - 1], [2 * 2 / 8, 2 * 2 / 8]],
        lambda real, fake: logsumexp([*real, *fake]) - real,
    ),
    "softmax-generator": Row(
        softmax.generator,
        [[log(3), 0], [log(2), log(2)]],
        [log(8) - log(6) / 2, log(8) - log(2) / 2],
        [[2 * 3 / 8 - 1 / 2, 2 * 1 / 8 - 1 / 2], [2 * 2 / 8 - 1 / 2, 2 * 2 / 8 - 1 / 2]],
        lambda real, fake: logsumexp([*real, *fake]) - (real + fake) / 2,
    ),
    "boundary_seeking-continuous": Row(
        boundary_seeking.continuous, [[0, 1, -3]], [0, 1 / 2, 9 / 2], [[0, 1, -3]], lambda fake: fake**2 / 2
    ),
    "f_divergence-kl": Row(
        partial(f_divergence.discriminator, divergence=f_divergence.KL),
        [[1, 2], [1, 1 + log(2)]],
        [1 - 1, 2 - 2],
        [[-1, -1], [1, 2]],
        lambda real, fake: np.exp(fake - 1) - real,
        unbounded=True,
        scale=2.0,
    ),
    "f_divergence-reverse-kl-generator": Row(
        partial(f_divergence.generator, divergence=f_divergence.REVERSE_KL),
        [[0, 3, -BIG]],
        [1, -2, BIG + 1],
        [[-1, -1, -1]],
        lambda fake: 1 + np.log(np.exp(-fake)),
    ),
    "f_divergence-jensen-shannon-non-saturating": Row(
        partial(f_divergence.non_saturating, divergence=f_divergence.JENSEN_SHANNON),
        [[0, T, -T, BIG, -BIG]],
        [0, SURE - HALF, UNSURE - HALF, -HALF, BIG - HALF],
        [[-1 / 2, -1 / 4, -3 / 4, 0, -1]],
        lambda fake: softplus(-fake) - log(2),
    ),
}
