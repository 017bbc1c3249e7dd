"""What a trained run can do, as data: frozen dataclasses that hold linen modules, name the fields that they take and
give, and have pure functions of parameters. How it is done is in `jaxgen.sampling`.

A run's `config.json` describes them (`abilities.codec`), so that a command can draw from its folder alone.
"""

from jaxgen.abilities.ability import Ability as Ability
from jaxgen.abilities.ability import Conditions as Conditions
from jaxgen.abilities.ability import Drawing as Drawing
from jaxgen.abilities.by_chains import DrawByChains as DrawByChains
from jaxgen.abilities.by_classes import DrawByClasses as DrawByClasses
from jaxgen.abilities.by_pixels import DrawByCodeAndPixels as DrawByCodeAndPixels
from jaxgen.abilities.by_pixels import DrawByPixels as DrawByPixels
from jaxgen.abilities.by_points import DrawAtPoints as DrawAtPoints
from jaxgen.abilities.changing import Change as Change
from jaxgen.abilities.colouring import Colour as Colour
from jaxgen.abilities.density import Density as Density
from jaxgen.abilities.density import DensityByCodes as DensityByCodes
from jaxgen.abilities.density import DensityByPixels as DensityByPixels
from jaxgen.abilities.draw import Draw as Draw
from jaxgen.abilities.draw import DrawInStages as DrawInStages
from jaxgen.abilities.mapping import Map as Map
from jaxgen.abilities.matching import Match as Match
from jaxgen.abilities.seeing import Classify as Classify
from jaxgen.abilities.seeing import Encode as Encode
from jaxgen.abilities.seeing import Judge as Judge
