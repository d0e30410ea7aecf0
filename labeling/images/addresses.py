"""Which addresses of the network an image may come from."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from labeling.errors import ImageFault

Address = IPv4Address | IPv6Address

_GLOBAL = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE)


def is_public(address: Address) -> bool:
    """Whether an address is a host of the open internet, also inside the IPv6 forms of IPv4."""
    if isinstance(address, IPv6Address):
        # the forms that carry an IPv4 address, which a gateway on the way may unpack
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
        if address.sixtofour is not None:
            return is_public(address.sixtofour)
        return address in _GLOBAL and address.is_global
    return address.is_global and not (address.is_multicast or address.is_reserved)


def vet(host: str, address: str, private_hosts: Iterable[str]) -> None:
    """Raises ImageFault where an address is not public and neither it nor its host is allowed."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if is_public(found) or any(_allows(entry, host, found) for entry in private_hosts):
        return
    raise ImageFault(
        f"the host {host!r} has the address '{found}', which is not public; name it in "
        "image_private_hosts if images come from there"
    )


def resolve(host: str, port: int, seconds: float, private_hosts: Iterable[str]) -> list[str]:
    """Return the addresses of a host, each vetted.

    Raises TimeoutError, or ImageFault where the name is unknown or any address may not be reached.
    """
    last = host.rstrip(".").rpartition(".")[2]
    if _NUMBER.fullmatch(last) and not _is_address(host):
        raise ImageFault(f"the host {host!r} spells an address in an unusual way")
    # getaddrinfo takes no time limit
    lookup = _resolvers().submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = lookup.result(seconds)
    except TimeoutError:
        raise
    except (OSError, UnicodeError):
        raise ImageFault(f"there is no host {host!r}") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        vet(host, address, private_hosts)
    return addresses


def network(entry: str) -> IPv4Network | IPv6Network | None:
    """Return the network that an entry of `image_private_hosts` names, or None for a host name.

    Raises ValueError for a network that is none.
    """
    if "/" in entry or _is_address(entry):
        return ip_network(entry)
    return None


def _allows(entry: str, host: str, address: Address) -> bool:
    allowed = network(entry)
    return entry.lower() == host.rstrip(".") if allowed is None else address in allowed


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@cache
def _resolvers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(32, thread_name_prefix="resolve")
