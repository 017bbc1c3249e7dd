"""Nets that experiments choose by settings: mix-ins for the settings, each with a function that makes what they say."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from flax import linen as nn

from jaxgen.errors import InputError
from jaxgen.limits import AtLeast, Below
from jaxgen.nets import captions, cyclegan, dcgan, made, mlp, multiscale, patch, pixelcnn, pixelcnnpp, pixelrnn, vae

Shape = tuple[int, int]  # an image's side and channels


@dataclass(frozen=True)
class Coders:
    """An encoder and a decoder."""

    # Layers of both nets: dense ones, or convolutions.
    nets: Literal["dense", "conv"] = "dense"
    # Units of the two hidden dense layers, or channels of the largest convolutional feature map.
    width: Annotated[int, AtLeast(1)] = 500
    # Length of the code.
    latent: Annotated[int, AtLeast(1)] = 32

    def plain(self, shape: Shape, dtype: Any) -> tuple[nn.Module, nn.Module]:
        """Images to codes, and codes to images."""
        if self.nets == "conv":
            return dcgan.Encoder(self.latent, self.width, dtype, "none"), vae.ConvDecoder(
                *shape, self.width, dtype=dtype
            )
        widths = (self.width, self.width)
        return mlp.Encoder(self.latent, widths, dtype), vae.Decoder(*shape, widths, dtype=dtype)

    def gaussian(self, shape: Shape, dtype: Any, likelihood: str, hidden: int = 0) -> tuple[nn.Module, nn.Module]:
        """Images to Gaussians of codes, and codes to images of a likelihood; with a dense layer of `hidden` units
        beside the convolutions.

        Raises:
          InputError: there are no convolutions.
        """
        if self.nets == "conv":
            E = vae.ConvEncoder(self.latent, self.width, dtype, hidden)
            return E, vae.ConvDecoder(*shape, self.width, likelihood, dtype, hidden=hidden)
        if hidden:
            raise InputError(f"--hidden is for --nets conv and not negative, not {hidden} with --nets {self.nets}")
        widths = (self.width, self.width)
        return vae.Encoder(self.latent, widths, dtype), vae.Decoder(*shape, widths, likelihood, dtype)


@dataclass(frozen=True)
class ByPixels:
    """A net of pixels, each given those before it."""

    # The net.
    model: Literal["pixelcnnpp", "gated", "pixelcnn", "row_lstm", "diagonal_bilstm", "made", "multiscale"] = "gated"
    # Channels of the hidden layers; 160 in PixelCNN++ as published; p of gated PixelCNN, h of PixelCNN and PixelRNN.
    filters: Annotated[int, AtLeast(1)] = 32
    # Resnets in each block of PixelCNN++; 5 as published.
    resnets: Annotated[int, AtLeast(1)] = 2
    # Normalise the weights of PixelCNN++ and start them from the first batch, as its authors did.
    weight_norm: bool = True
    # Units of each hidden layer of MADE.
    width: Annotated[int, AtLeast(1)] = 500
    # Scales of multiscale, each half as large as the next: its nets are gated PixelCNNs.
    scales: Annotated[int, AtLeast(1)] = 2
    # Layers: 8 of gated PixelCNN, 7 blocks of PixelCNN or LSTMs, 2 hidden ones of MADE (0 is a fully visible belief net
    # of logistic regressions) by default.
    layers: Annotated[int | None, AtLeast(0)] = None
    # Channels of the last layers of PixelCNN, gated or not, and PixelRNN.
    head: Annotated[int, AtLeast(1)] = 32
    # Share of features that are dropped in training, rounded to 256ths; 0.5 in PixelCNN++ as published.
    dropout: Annotated[float, AtLeast(0), Below(1)] = 0.5
    # Model images given their class.
    conditional: bool = False

    @property
    def dropping(self) -> bool:
        """Whether the net drops features, by keys that it is given."""
        return self.model == "pixelcnnpp"

    def net_of_pixels(self, size: int, out: int, groups: int, classes: int, dtype: Any) -> nn.Module:
        """The net that was chosen.

        Args:
          size: of the images.
          out: numbers that tell of a pixel.
          groups: of a pixel's channels that are drawn one after the other.
          classes: of the images' labels; 0 is that the net is not told any.
          dtype: of the computation.

        Raises:
          InputError: the settings do not go together, or the net is not for such images.
        """
        if self.layers == 0 and self.model != "made":
            raise InputError(f"--layers 0 is for --model made, not for {self.model}")
        if self.conditional and self.model not in ("gated", "multiscale", "pixelcnnpp"):
            raise InputError(f"--conditional is for gated, multiscale, pixelcnnpp, not for {self.model}")
        layers = {"gated": 8, "multiscale": 8, "made": 2}.get(self.model, 7) if self.layers is None else self.layers
        match self.model:
            case "pixelcnnpp":
                if size % 4:
                    raise InputError(f"PixelCNN++ is of images whose side divides by 4, not {size}: say --size")
                return pixelcnnpp.PixelCNNPlusPlus(
                    out, self.filters, self.resnets, self.dropout, classes, self.weight_norm, dtype
                )
            case "gated":
                return pixelcnn.GatedPixelCNN(
                    out, self.filters, layers, head=self.head, groups=groups, classes=classes, dtype=dtype
                )
            case "multiscale":
                return multiscale.MultiScale(
                    out, self.filters, layers, self.scales, head=self.head, groups=groups, classes=classes, dtype=dtype
                )
            case "made":
                return made.MADE(out, (self.width,) * layers, groups, dtype)
        masked = {
            "pixelcnn": pixelcnn.PixelCNN,
            "row_lstm": pixelrnn.RowLSTM,
            "diagonal_bilstm": pixelrnn.DiagonalBiLSTM,
        }
        return masked[self.model](out, self.filters, layers, self.head, groups, dtype=dtype)


@dataclass(frozen=True)
class Patches:
    """A D that scores patches of images, and how wide it and G are."""

    # Channels of the largest hidden feature map of G and D.
    width: Annotated[int, AtLeast(1)] = 64
    # Side in pixels of what a score of D's sees: the papers' is 70, for images of 256. image is the smallest that sees
    # all of one.
    field: Literal[16, 34, 70, 142, 286, "image"] = 70

    def critic(self, size: int, norm: str, dtype: Any) -> patch.Discriminator:
        """D of images of `size` pixels, of a norm that an objective asks for.

        Raises:
          InputError: no field is as large as the image.
        """
        field = patch.covering(size) if self.field == "image" else self.field
        return patch.Discriminator(self.width, dtype, norm, field)


@dataclass(frozen=True)
class Cycled(Patches):
    """And CycleGAN's G and F."""

    # Residual blocks of G: the paper has 6 for images of 128 pixels, 9 for 256.
    blocks: Annotated[int, AtLeast(1)] = 6

    def translators(self, a: int, b: int, dtype: Any) -> tuple[cyclegan.Generator, cyclegan.Generator]:
        """From images of `a` channels to images of `b`, and back."""
        G, F = (cyclegan.Generator(channels, self.width, self.blocks, dtype) for channels in (b, a))
        return G, F


@dataclass(frozen=True)
class Reader:
    """An encoder of sentences."""

    # How sentences are read: by a GRU over words, or by convolutions.
    reads: Literal["gru", "conv"] = "gru"
    # Length of a sentence's vector.
    embedding: Annotated[int, AtLeast(1)] = 128
    # Length of a word's vector, and of what the encoder of sentences remembers.
    word_width: Annotated[int, AtLeast(1)] = 64

    def reader(self, words: int, dtype: Any) -> nn.Module:
        """Tokens of a vocabulary of so many -> vectors."""
        return captions.Encoder(words, self.embedding, self.word_width, self.reads, dtype)


@dataclass(frozen=True)
class Told(Reader):
    """A system that is told sentences by an encoder that stays as it is. The settings are those that it was trained
    with."""

    # What turns sentences into vectors: an encoder that --begin-with brings, or random weights, by which sentences
    # differ and mean nothing.
    encoder: Literal["trained", "random"] = "trained"
    # Numbers that nets bring a sentence's vector to.
    told: Annotated[int, AtLeast(1)] = 128

    @property
    def needs(self) -> dict[str, str]:
        """The nets that --begin-with must bring, and what they are called there."""
        return {"T": "T"} if self.encoder == "trained" else {}
