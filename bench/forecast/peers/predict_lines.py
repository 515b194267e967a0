# python predict_lines.py mstl|theta IN OUT: the lines that program-peer.ts describes.
import sys
import time
import warnings

import numpy as np
from statsforecast.models import MSTL, AutoETS, AutoTheta

warnings.simplefilter("ignore")
model, source, target = sys.argv[1:]


def create(periods):
    if model == "theta":
        return AutoTheta(season_length=periods[0])
    return MSTL(periods, trend_forecaster=AutoETS(model="ZZN"))


def predict(line):
    horizon, periods, values = line.split(";")
    history = np.array([float(value) for value in values.split(",")])
    before = time.process_time()
    try:
        f = create([int(p) for p in periods.split(",")]).forecast(history, int(horizon), level=[80, 95])
        numbers = np.concatenate([f[key] for key in ("mean", "lo-80", "hi-80", "lo-95", "hi-95")]).tolist()
    except Exception:
        numbers = []
    return ",".join(repr(number) for number in [time.process_time() - before, *numbers])


# What is loaded or compiled at the first call does not count.
predict("2;24;" + ",".join(str(i % 24 + i % 7) for i in range(72)))
with open(source) as lines, open(target, "w") as out:
    out.writelines(predict(line.strip()) + "\n" for line in lines)
