#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""max_rss.py MIB COMMAND...: run it, and fail where it or a child of it held more memory than that."""
import resource
import subprocess
import sys

status = subprocess.run(sys.argv[2:], check=False).returncode
held = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print(f"{held} MiB held", file=sys.stderr)
sys.exit(status if held < int(sys.argv[1]) else 99)
