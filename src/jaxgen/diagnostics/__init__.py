"""What a run's own numbers and samples tell of its health, without labels: pure functions."""

from jaxgen.diagnostics.detect import Finding as Finding
from jaxgen.diagnostics.detect import find as find
from jaxgen.diagnostics.detect import oscillation as oscillation
from jaxgen.diagnostics.detect import separation as separation
from jaxgen.diagnostics.detect import verdict as verdict
from jaxgen.diagnostics.samples import diversity as diversity
from jaxgen.diagnostics.samples import nearest as nearest
from jaxgen.diagnostics.samples import twins as twins
