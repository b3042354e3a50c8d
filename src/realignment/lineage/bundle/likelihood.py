"""Restricted likelihood of the runs of a column, by the standard library alone, for model.py.

The score of a run is the mean of its row, and what its training seed, its draw of languages and chance add, each with a variance.
"""

import math
from statistics import fmean

LEAST = 1e-8  # of the other variances: as much a residual that is none counts where matrices are solved


def inverse(matrix):
    """Gauss and Jordan's, of a matrix that is symmetric and positive."""
    size = len(matrix)
    rows = [[*line, *(float(i == j) for j in range(size))] for i, line in enumerate(matrix)]
    for i in range(size):
        best = max(range(i, size), key=lambda one: abs(rows[one][i]))
        rows[i], rows[best] = rows[best], rows[i]
        rows[i] = [one / rows[i][i] for one in rows[i]]
        for j in range(size):
            if j != i and rows[j][i]:
                share = rows[j][i]
                rows[j] = [one - share * other for one, other in zip(rows[j], rows[i])]
    return [line[size:] for line in rows]


def times(one, other):
    columns = list(zip(*other))
    return [[math.fsum(map(float.__mul__, line, column)) for column in columns] for line in one]


def dot(one, other):
    return math.fsum(map(float.__mul__, one, other))


class Column:
    """Runs of a column: means by seed of fixed rows that share their seeds, and each run of a random row; `squares` is what is left of the first."""

    def __init__(self, values, draws, names):
        self.values, self.squares, self.freedom, self.groups = values, 0.0, 0, []
        found, shared = [], {}  # (what mean, share of the residual, seed, draw, score)
        for row in sorted(values):
            if not names.drawn(row):
                shared.setdefault(tuple(sorted(values[row])), []).append(row)
        for place, (seeds, rows) in enumerate(shared.items()):
            self.groups.append(rows)
            means = {seed: fmean(values[row][seed] for row in rows) for seed in seeds}
            whole = fmean(means.values())
            own = {row: fmean(values[row].values()) for row in rows}
            self.squares += math.fsum((values[row][seed] - means[seed] - own[row] + whole) ** 2 for row in rows for seed in seeds)
            self.freedom += (len(rows) - 1) * (len(seeds) - 1)
            found += [(place, 1 / len(rows), seed, None, means[seed]) for seed in seeds]
        for row in sorted(filter(names.drawn, values)):
            found += [(row, 1.0, training(seed), draws[row, seed.split(".")[0]], one) for seed, one in values[row].items()]
        self.means = list(dict.fromkeys(one[0] for one in found))
        self.seeds = len({seed for *_, seed, _, _ in found}) < sum(len(one) for one in values.values())
        self.scores = [one[4] for one in found]
        self.kernels = [
            [[float(one[2] == other[2]) for other in found] for one in found],
            [[shares(one[3], other[3]) for other in found] for one in found],
            [[one[1] * (i == j) for j in range(len(found))] for i, one in enumerate(found)],
        ]
        self.design = [[float(one[0] == mean) for mean in self.means] for one in found]

    def solve(self, at):
        """With these variances: the projection that leaves means out, and the weights by which each mean is estimated."""
        self.at = at
        at = [*at[:2], at[2] or LEAST * sum(at[:2]) or 1.0]
        whole = [[dot(at, each) for each in zip(*lines)] for lines in zip(*self.kernels)]
        back = inverse(whole)
        half = times(back, self.design)
        inner = inverse(times([list(one) for one in zip(*self.design)], half))
        self.weights = times(half, inner)
        out = times(self.weights, [list(one) for one in zip(*half)])
        projection = [[one - other for one, other in zip(*lines)] for lines in zip(back, out)]
        self.parts = [times(projection, kernel) for kernel in self.kernels]
        solved = [dot(line, self.scores) for line in projection]
        self.slopes = []
        for place, kernel in enumerate(self.kernels):
            fit = dot(solved, [dot(line, solved) for line in kernel])
            cost = math.fsum(line[i] for i, line in enumerate(self.parts[place]))
            if place == 2:
                fit, cost = fit + self.squares / at[2] ** 2, cost + self.freedom / at[2]
            self.slopes.append((fit - cost, fit + cost))
        known = [
            [math.fsum(dot(one, other) for one, other in zip(a, map(list, zip(*b)))) / 2 for b in self.parts] for a in self.parts
        ]
        known[2][2] += self.freedom / (2 * at[2] ** 2)
        live = [self.seeds and any(map(any, self.parts[0])), any(map(any, self.kernels[1])), True]
        some = [place for place in range(3) if live[place]]
        back = inverse([[known[i][j] for j in some] for i in some])
        self.uncertain = [[0.0] * 3 for _ in range(3)]
        for i, a in enumerate(some):
            for j, b in enumerate(some):
                self.uncertain[a][b] = back[i][j]
        self.live = live

    def contrast(self, weights):
        """(difference, its standard error, degrees of freedom) of means of rows, weighted."""
        group = {row: place for place, rows in enumerate(self.groups) for row in rows}
        target, value, alone = dict.fromkeys(self.means, 0.0), 0.0, 0.0
        for row, weight in weights.items():
            target[group.get(row, row)] += weight
        for rows in self.groups:
            middle = fmean(weights.get(row, 0.0) for row in rows)
            value += math.fsum((weights.get(row, 0.0) - middle) * fmean(self.values[row].values()) for row in rows)
            alone += math.fsum((weights.get(row, 0.0) - middle) ** 2 for row in rows) / len(self.values[rows[0]])
        load = [dot(line, [target[mean] for mean in self.means]) for line in self.weights]
        parts = [dot(load, [dot(line, load) for line in kernel]) for kernel in self.kernels]
        parts[2] += alone
        whole, spread = dot(parts, self.at), dot(parts, [dot(line, parts) for line in self.uncertain])
        return value + dot(load, self.scores), math.sqrt(whole), 2 * whole**2 / spread if spread > 0 else 0.0


def training(seed):
    parts = seed.split(".")[1:] or [seed]
    return ".".join(parts) if len({*parts}) > 1 else parts[0]


def shares(one, other):
    """Covariance of two draws, (chain, languages, size of the pool), in units of the variance between languages."""
    if not one or not other or one[0] != other[0]:
        return 0.0
    return len(one[1] & other[1]) / (len(one[1]) * len(other[1])) - 1 / one[2]
