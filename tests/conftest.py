"""What holds for all tests."""

import os

from hypothesis import settings

# The default suite tries the same examples each time, so that it fails only for what has changed. NACRE_EXAMPLES, as
# `make proof` sets it, tries as many new ones.
settings.register_profile("steady", derandomize=True, deadline=None, max_examples=20)
settings.register_profile("searching", deadline=None, max_examples=int(os.environ.get("NACRE_EXAMPLES", "100")))
settings.load_profile("searching" if "NACRE_EXAMPLES" in os.environ else "steady")
