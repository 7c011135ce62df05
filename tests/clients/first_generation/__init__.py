"""Stories of the real client of the first generation, told inside its own environment: each uses it as its
documentation shows and checks what it got. Told to `python -m first_generation`, names of stories, one a line."""

import json
import os
import sys
import tempfile
from pathlib import Path

WORLD = json.loads(sys.argv[1])
AGENT = WORLD["pump"]
HOME = Path(tempfile.mkdtemp())
os.environ["HOME"] = str(HOME)  # the client looks at it when it is loaded
