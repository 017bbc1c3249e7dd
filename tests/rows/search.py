"""Searches in the codes of trained nets: what these scripts train first are games of other rows."""

from rows.autoencoders import ROWS as AUTOENCODERS
from rows.gan import ROWS as GAN

ROWS = {
    "inpaint": GAN["dcgan"]._replace(script="inpaint", plays="dcgan", after="--steps 5 --restarts 1 --count 8"),
    "edit": AUTOENCODERS["vae_gan"]._replace(
        script="edit", plays="vae_gan", after="--steps 5 --brush-steps 2 --count 2", slow=True
    ),
}
