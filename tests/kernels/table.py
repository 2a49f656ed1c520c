#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""The table of `tests/lab test kernels`, from lines of: release, result, features."""

import sys


def main():
    rows = [line.rstrip("\n").split("\t") for line in sys.stdin]
    features = {release: set(words.split()) for release, _, words in rows if words}
    common = set.intersection(*features.values()) if features else set()
    width = max(len(row[0]) for row in rows)
    print(f"\n{'KERNEL':<{width}}  {'RESULT':<14}  FEATURES")
    for release, result, words in rows:
        more = sorted(features.get(release, set()) - common)
        text = " ".join([f"the {len(common)} below", *(f"+ {name}" for name in more)])
        print(f"{release:<{width}}  {result:<14}  {text if words else '-'}")
    print(f"\non all that run: {' '.join(sorted(common))}\n")


if __name__ == "__main__":
    main()
