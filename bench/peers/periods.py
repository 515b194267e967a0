"""Periods that pyriodicity finds: JSON lines of numbers on stdin, for each a JSON line of periods on stdout."""

import json
import sys

import numpy
import pyriodicity

detect = getattr(pyriodicity, sys.argv[1]).detect
for line in sys.stdin:
    try:
        found = detect(numpy.array(json.loads(line)))
    except Exception:
        found = []
    print(json.dumps([int(period) for period in found]), flush=True)
