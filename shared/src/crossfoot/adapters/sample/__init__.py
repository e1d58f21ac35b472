"""`crossfoot sample`: a made-up organisation, delivered exactly as AWS delivers a real one.

Everything follows from the arguments: the same arguments give the same bytes. The truth beside the
exports says what each resource emitted before AWS rounded its cells to one gram.
"""

from crossfoot.adapters.sample.carbon_for_usage import UsageCell, write_carbon_for_usage
from crossfoot.adapters.sample.folder import SampleReceipt
from crossfoot.adapters.sample.write_sample import write_sample

__all__ = ["SampleReceipt", "UsageCell", "write_carbon_for_usage", "write_sample"]
