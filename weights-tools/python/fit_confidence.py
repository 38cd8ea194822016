"""Fits confidence.json: how often a model's boxes are right, by their raw confidence and spread.

    ./fovea eval --model DIR --data SCENES --answers answers.json
    python fit_confidence.py --answers answers.json --out DIR/confidence.json

Logistic regression on ln c and ln s above a floor, as BoxCalibration.java reads it: c is the raw confidence, s the spread
of the edges in parts of the box's sides. Of all floors the likeliest is taken. Then run `./fovea eval` on scenes of another seed: it prints how reliable the result is.
"""

import argparse
import json
from pathlib import Path

import numpy as np

LEAST = 1e-3  # as in BoxCalibration
RIGHT_IOU = 0.5
FLOORS = np.arange(0, 1, 0.01)
RIDGE = 1e-6  # keeps the steps finite where all boxes are right
STEPS = 300


def features(answers: list[dict]) -> np.ndarray:
    """[count, 3] f64: 1, ln c, ln s."""
    c = np.array([a["confidence"] for a in answers], float)
    box = np.array([a["box"] for a in answers], float)
    spread = np.array([a["spread"] for a in answers], float)
    sides = np.maximum(1, box[:, 2:] - box[:, :2])
    near, far = spread[:, :2] / sides, spread[:, 2:] / sides
    s = np.sqrt((near**2 + far**2).sum(axis=1))
    return np.stack([np.ones_like(c), np.log(np.maximum(LEAST, c)), np.log(np.maximum(LEAST, s))], axis=1)


def shares(x: np.ndarray, weights: np.ndarray, floor: float) -> np.ndarray:
    return floor + (1 - floor) / (1 + np.exp(-(x @ weights)))


def likelihood(x: np.ndarray, right: np.ndarray, weights: np.ndarray, floor: float) -> float:
    """Natural logarithm of it, less the ridge."""
    p = np.clip(shares(x, weights, floor), 1e-12, 1 - 1e-12)
    return float(np.sum(right * np.log(p) + (1 - right) * np.log(1 - p)) - RIDGE / 2 * weights @ weights)


def logistic(x: np.ndarray, right: np.ndarray, floor: float) -> np.ndarray:
    """Weights [features] of the largest likelihood, by Fisher's scoring with halved steps."""
    weights = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = np.clip(shares(x, weights, floor), 1e-12, 1 - 1e-12)
        slope = x * ((p - floor) * (1 - p) / (1 - floor))[:, None]  # of p in the weights
        gradient = slope.T @ ((right - p) / (p * (1 - p))) - RIDGE * weights
        information = (slope / (p * (1 - p))[:, None]).T @ slope + RIDGE * np.eye(len(weights))
        step = np.linalg.solve(information, gradient)
        before = likelihood(x, right, weights, floor)
        while np.abs(step).max() > 1e-9 and likelihood(x, right, weights + step, floor) < before:
            step /= 2
        weights = weights + step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def fit_above(x: np.ndarray, right: np.ndarray, floor: float) -> np.ndarray:
    """The same; what would count the wrong way round (a surer box less often right) is left out."""
    weights = logistic(x, right, floor)
    kept = [0] + [i for i, sign in ((1, 1), (2, -1)) if weights[i] * sign > 0]
    result = np.zeros(3)
    result[kept] = weights[kept] if len(kept) == 3 else logistic(x[:, kept], right, floor)
    return result


def fit(x: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and floor."""
    fits = [(fit_above(x, right, floor), float(floor)) for floor in FLOORS]
    return max(fits, key=lambda each: likelihood(x, right, *each))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=Path, nargs="+", required=True, help="what eval --answers wrote")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    answers = [a for path in args.answers for a in json.loads(path.read_text(encoding="utf-8"))]
    answers = [a for a in answers if "spread" in a]
    if not answers:
        raise SystemExit("no box has a spread: run eval without --unconstrained")
    right = np.array([a["iou"] >= RIGHT_IOU for a in answers], float)
    if right.min() == right.max():
        raise SystemExit(f"all {len(answers)} boxes are {'right' if right.min() else 'wrong'}: nothing can be fitted")
    x = features(answers)
    weights, floor = fit(x, right)
    names = ("offset", "confidence", "spread")
    values = {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}
    values["floor"] = round(floor, 2)
    args.out.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    print(f"{len(answers)} boxes, {right.mean():.4f} right, {shares(x, weights, floor).mean():.4f} expected: {values}")


if __name__ == "__main__":
    main()
