"""One short file per system: nets and hyperparameters in, a `jaxgen.game.Game` out."""

from jaxgen.recipes.adversary import Adversary as Adversary
from jaxgen.recipes.autoencoders.adversarial_autoencoder import adversarial_autoencoder as adversarial_autoencoder
from jaxgen.recipes.autoencoders.autoencoder import autoencoder as autoencoder
from jaxgen.recipes.autoencoders.vae import vae as vae
from jaxgen.recipes.autoencoders.vae_gan import vae_gan as vae_gan
from jaxgen.recipes.classifiers.classifier import classifier as classifier
from jaxgen.recipes.classifiers.probe import probe as probe
from jaxgen.recipes.conditional.gan_cls import gan_cls as gan_cls
from jaxgen.recipes.conditional.joint_embedding import joint_embedding as joint_embedding
from jaxgen.recipes.conditional.mismatched import mismatched as mismatched
from jaxgen.recipes.energy.energy import energy as energy
from jaxgen.recipes.gan.began import began as began
from jaxgen.recipes.gan.ebgan import ebgan as ebgan
from jaxgen.recipes.gan.gan import gan as gan
from jaxgen.recipes.gan.semi_supervised import semi_supervised as semi_supervised
from jaxgen.recipes.informed import informed as informed
from jaxgen.recipes.informed import of_sentences as of_sentences
from jaxgen.recipes.pixels.autoregressive import autoregressive as autoregressive
from jaxgen.recipes.search.brush import brush as brush
from jaxgen.recipes.search.editing import edit_errors as edit_errors
from jaxgen.recipes.search.editing import editing as editing
from jaxgen.recipes.search.inpainting import inpainting as inpainting
from jaxgen.recipes.search.search import search as search
from jaxgen.recipes.translation.pix2pix import pix2pix as pix2pix
