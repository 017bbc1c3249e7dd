"""Generators and discriminators."""

from rows.row import Row

TWO = {f"{p}/{m}" for p in "DG" for m in ("loss", "grad_norm", "adversarial")}
SCORES = {"D/score_real", "D/score_fake"}
ACCURACY = {"D/accuracy_real", "D/accuracy_fake"}
GAN = TWO | SCORES | ACCURACY
CRITIC = TWO | SCORES | {"D/gap_fake", "D/gap_fake_square"}  # of scores that have no zero
CLASSES = {f"D/{m}" for m in ("supervised", "unsupervised", "accuracy", "accuracy_real", "accuracy_fake")}
MLP = "--latent 8 --widths-g 32 64 --widths-d 32"  # the fully connected nets
# SNGAN's G has biases before normalisations, whose running means move with them.
BEFORE_NORMS = (
    *(f"G/Conv_{i}/bias" for i in range(6)),
    *(f"G/batch_stats/BatchNorm_{i}/BatchNorm_0/mean" for i in range(7)),
)

# Where scores enter a loss as their differences, the gradient of D's last bias is zero: see `still` of Row.
ROWS = {
    "gan": Row("gan", MLP, GAN),
    "gan, minimax": Row("gan", f"{MLP} --objective minimax --d-turns 3", GAN),
    "gan, wgan-gp": Row(
        "gan", f"{MLP} --objective wgan_gp --d-turns 2", CRITIC | {"D/gradient"}, still=("D/Dense_1/bias",)
    ),
    # Each of the two steps ahead reduces D's gradient, and on the way back its derivative.
    "gan, unrolled": Row("gan", f"{MLP} --unroll 2", GAN, {"D": 5}),
    "dcgan": Row("dcgan", "--width 4 --latent 8", GAN),
    "dcgan, r3gan": Row(
        "dcgan",
        "--width 4 --latent 8 --objective r3gan",
        CRITIC | {"D/r1", "D/r2"},
        still=("D/Dense_0/bias",),
        slow=True,
    ),
    "dcgan, minibatch": Row("dcgan", "--width 8 --latent 8 --minibatch discrimination", GAN, slow=True),
    "sngan": Row("sngan", "--width-g 4 --width-d 4 --latent 8 --d-turns 1", GAN, still=BEFORE_NORMS),
    "failure_modes": Row("failure_modes", "--width 4 --width-g 4 --latent 8", GAN, plays="dcgan"),
    "energy_based": Row(
        "energy_based",
        "--width 4 --latent 4 --code 4 --warm-up 2",
        TWO | {"D/energy_real", "D/energy_fake", "G/pulling_away"},
    ),
    "energy_based, began": Row(
        "energy_based",
        "--objective began --width 4 --latent 4 --code 4 --warm-up 1",
        TWO | {"D/energy_real", "D/energy_fake", "D/k", "D/convergence"},
    ),
    "semi_supervised": Row(
        "semi_supervised",
        "--per-class 2 --latent 5 --widths 32 16",
        {f"{p}/{m}" for p in "DGC" for m in ("loss", "grad_norm")}
        | CLASSES
        | {"G/matching", "C/supervised", "C/accuracy"},
    ),
    "densities": Row(
        "densities",
        "--seeds 2 --width 8 --layers 1",
        CRITIC | {"D/r1", "D/r2"},
        still=("D/Dense_1/bias",),
        dataset="ring",
    ),
}
