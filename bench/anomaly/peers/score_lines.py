"""Scores of each line of values by a detector of scikit-learn: score_lines.py METHOD INPUT OUTPUT (see program-peer.ts)."""

import sys

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor


def scores(method, values, window):
    rows = np.lib.stride_tricks.sliding_window_view(values, window)
    if window > 1 and not method.endswith("raw"):
        # As in TSB-AD: the shape of a window counts, neither its level nor its height.
        means, widths = rows.mean(axis=1, keepdims=True), rows.std(axis=1, ddof=1, keepdims=True)
        rows = (rows - means) / np.where(widths == 0, 1, widths)
    if "IForest" in method:
        forest = IsolationForest(n_estimators=200, max_features=1, random_state=0)
        odd = -forest.fit(rows).decision_function(rows)
    else:
        odd = -LocalOutlierFactor(n_neighbors=min(50, len(rows) - 1)).fit(rows).negative_outlier_factor_
    # The score of a window belongs to its middle.
    before = -(-(window - 1) // 2)
    return np.concatenate([np.repeat(odd[0], before), odd, np.repeat(odd[-1], (window - 1) // 2)])


method, source, target = sys.argv[1:]
with open(source) as lines, open(target, "w") as out:
    for line in lines:
        window, numbers = line.strip().split(";")
        values = np.array(numbers.split(","), dtype=float)
        out.write(",".join(map(repr, map(float, scores(method, values, int(window))))) + "\n")
