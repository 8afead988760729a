"""Offline mode of PyTorch and Hugging Face's libraries: no look-ups, no files outside the index.

They read these variables when they are imported, so whatever imports one of them imports this module at its top. Models
are folders or lie in the local cache already; there is nothing to be looked up.
"""

from __future__ import annotations

import os
from pathlib import Path

OFFLINE_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "DO_NOT_TRACK": "1",
    # Importing the compiler makes its folder, by default in the system's temporary one. Nothing of ours is compiled, so
    # a folder that is there already stays as it is.
    "TORCHINDUCTOR_CACHE_DIR": str(Path(__file__).parent),
}
os.environ.update(OFFLINE_ENVIRONMENT)  # no defaults: no variable of anybody's is to turn a look-up on
