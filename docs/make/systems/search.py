"""docs/systems/search.md: searches for codes against frozen nets."""

from measured.editing import editing_figures
from measured.inpainting import inpainting_figures
from system import Line, System, described, family
from tables import load

INPAINTING = System(
    "Inpainting",
    "experiments/search/inpaint.py",
    r"""\hat z = \arg\min_z \lVert W \odot (G(z) - x) \rVert_1 + \lambda \log(1 - \sigma(D(G(z))))
\hat x = M \odot x + (1 - M) \odot G(\hat z)""",
    "Yeh et al. 2016/2017. W is the mask M of known pixels, or weighs each by what is missing nearby; known pixels "
    "stay bit for bit. Adam, L-BFGS, Langevin steps or Hamiltonian Monte Carlo, in one compiled scan over "
    "all images and restarts.",
    unseen="",
)
EDITING = System(
    "Editing on the manifold",
    "experiments/search/edit.py",
    r"""\text{iGAN:}\quad \hat z = \arg\min_z \textstyle\sum_c \lVert f_c(G(z)) - v_c \rVert^2"""
    r""" + s\,\lVert z - z_0 \rVert^2 + \lambda L_D
\text{brush:}\quad z \leftarrow z - \eta\,\nabla_z \lVert G(z) - v \rVert^2 \text{ over the brushed region}""",
    "iGAN (Zhu et al. 2016) and the Neural Photo Editor (Brock et al. 2017): colour strokes, sketched edges and "
    "regions to keep; the edit is carried over to the real image.",
    unseen="",
)


def page() -> str:
    return family(
        "Searches for codes",
        "Trained nets stay as they are, and each example's z is the only player.",
        described(INPAINTING),
        *inpainting_figures(),
        described(EDITING),
        editing_figures(),
    )


def line() -> Line:
    rows = [row for row in load("inpainting-mnist/inpainting.json")["rows"] if row["mask"] == "centre"]
    error = {row["by"]: row["l1"]["mean"] for row in rows}
    return Line(
        "inpainting by gradient descent on z, editing on the manifold (iGAN, Neural Photo Editor)",
        INPAINTING.script,
        f"the middle of MNIST's digits is {error['model']:.3f} off in L1; the mean colour {error['mean colour']:.3f}, "
        f"the nearest training image {error['nearest training image']:.3f}",
    )
