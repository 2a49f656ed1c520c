# SPDX-License-Identifier: GPL-2.0-only
"""The metrics over HTTP, as the installed socket unit serves them."""

import http.client

from guest import PATIENCE

SOCKET = "bpfland-metrics.socket"
PORT = 9785


def ask_for_metrics(address="127.0.0.1", **headers):
    """The status and the answer; None if nobody listens there."""
    connection = http.client.HTTPConnection(address, PORT, timeout=PATIENCE)
    try:
        connection.request("GET", "/metrics", headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except ConnectionRefusedError:
        return None
    finally:
        connection.close()
