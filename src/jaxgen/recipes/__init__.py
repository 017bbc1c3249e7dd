"""One short file per system: nets and hyperparameters in, a `jaxgen.game.Game` out."""

from jaxgen.recipes.adversarial_autoencoder import adversarial_autoencoder as adversarial_autoencoder
from jaxgen.recipes.autoencoder import autoencoder as autoencoder
from jaxgen.recipes.autoregressive import autoregressive as autoregressive
from jaxgen.recipes.classifier import classifier as classifier
from jaxgen.recipes.editing import brush as brush
from jaxgen.recipes.editing import edit_errors as edit_errors
from jaxgen.recipes.editing import editing as editing
from jaxgen.recipes.energy import energy as energy
from jaxgen.recipes.energy_based import began as began
from jaxgen.recipes.energy_based import ebgan as ebgan
from jaxgen.recipes.gan import gan as gan
from jaxgen.recipes.gan import to_float as to_float
from jaxgen.recipes.probe import probe as probe
from jaxgen.recipes.search import inpainting as inpainting
from jaxgen.recipes.search import search as search
from jaxgen.recipes.semi_supervised import semi_supervised as semi_supervised
from jaxgen.recipes.vae import vae as vae
from jaxgen.recipes.vae_gan import vae_gan as vae_gan
