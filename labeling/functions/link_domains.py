"""Many domain rules on many links in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class DomainRule:
    """Hosts that a link must lead to, or below."""

    domains: frozenset[str]
    """Lower case, without "www."."""


def match_domains(rules: Sequence[DomainRule], hosts: Sequence[str]) -> np.ndarray:
    """Return which rule matches which host, bool [m, n]; each host that occurs is judged once."""
    by_domain: dict[str, list[int]] = {}
    for number, rule in enumerate(rules):
        for domain in rule.domains:
            by_domain.setdefault(domain, []).append(number)
    rows: dict[str, list[int]] = {}
    for row, host in enumerate(hosts):
        rows.setdefault(host, []).append(row)
    found = np.zeros((len(rules), len(hosts)), dtype=bool)
    for host, at in rows.items():
        while host:
            for number in by_domain.get(host, ()):
                found[number, at] = True
            _, _, host = host.partition(".")
    return found
