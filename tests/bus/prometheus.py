# SPDX-License-Identifier: GPL-2.0-only
"""The metrics over HTTP, read by a real Prometheus, over a service whose numbers are known.

Run by with-service. What systemd does in front of it is done by systemd-socket-activate, in a
network of our own, so that no port is anybody else's.
"""

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse

import exposition

CTL = os.path.abspath(sys.argv[1])
MONITORING = os.path.join(os.environ["BPFLAND_SOURCE"], "monitoring")
PORT = 9785
PATIENCE = 120

FAILED = []


def check(condition, what):
    if not condition:
        FAILED.append(what)
        print(f"FAILED: {what}")


def wait(what, condition):
    end = time.monotonic() + PATIENCE
    while True:
        try:
            value = condition()
        except OSError:
            value = None
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {PATIENCE} s: {what}")
        time.sleep(0.05)


def get(path, port=PORT, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request(method, f"/{path}", headers=headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, answer.getheader("Content-Type"), body


def the_server_speaks_http():
    status, kind, text = get("metrics")
    check((status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8"), f"{status} {kind}")
    check("bpfland_direct_dispatches_total 1000\n" in text, text)
    status, kind, text = get("metrics", Accept="application/openmetrics-text; version=1.0.0")
    check(status == 200 and kind.startswith("application/openmetrics-text; version=1.0.0"), kind)
    families = exposition.read(text)
    check(get("metrics", method="HEAD")[2] == "", "a body for HEAD")
    check(get("")[0] == 404 and get("metrics", method="POST")[0] == 405, "what is refused")
    return families


def promtool_is_content(text):
    p = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True,
                       text=True, check=False)
    check(p.returncode == 0 and not p.stderr and not p.stdout, f"promtool: {p.stdout}{p.stderr}")


def expressions():
    with open(f"{MONITORING}/grafana-dashboard.json", encoding="utf-8") as f:
        dashboard = json.load(f)
    found = [t["expr"] for panel in dashboard["panels"] for t in panel["targets"]]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            found.append(re.search(r"\((\w+),", variable["query"]["query"])[1])
    return found


def the_dashboard_names_what_there_is(families):
    known = {name for f in families.values() for name, _, _ in f.samples}
    for expression in expressions():
        for name in re.findall(r"bpfland_\w+", expression):
            check(name in known, f"the dashboard has {name}, which there is not")
    for metric in families.values():
        check(metric.help.endswith("."), f"help: {metric.help}")


def query(expression):
    expression = expression.replace("$__rate_interval", "60s").replace('=~"$instance"', '=~".*"')
    path = "api/v1/query?" + urllib.parse.urlencode({"query": expression})
    answer = json.loads(get(path, 9090)[2])
    check(answer["status"] == "success", f"{expression}: {answer}")
    return answer.get("data", {}).get("result", [])


def prometheus_reads_them(folder):
    config = f"{folder}/prometheus.yml"
    with open(f"{MONITORING}/prometheus.yml", encoding="utf-8") as f:
        text = f.read()
    with open(config, "w", encoding="utf-8") as f:
        f.write("global: {scrape_interval: 5s, scrape_timeout: 5s}\n" + text)
    p = subprocess.run(["promtool", "check", "config", config], capture_output=True, text=True,
                       check=False)
    check(p.returncode == 0, f"promtool: {p.stdout}{p.stderr}")
    with open(f"{folder}/log", "w", encoding="utf-8") as log:
        server = subprocess.Popen(["prometheus", f"--config.file={config}",
                                   f"--storage.tsdb.path={folder}/data",
                                   "--web.listen-address=127.0.0.1:9090"], stderr=log)
    try:
        try:
            wait("Prometheus", lambda: get("-/ready", 9090)[0] == 200)
            wait("Prometheus has read them",
                 lambda: query('up{job="bpfland"} == 1') and query("bpfland_build_info"))
        except AssertionError:
            with open(f"{folder}/log", encoding="utf-8") as log:
                print(log.read())
            raise
        wait("a counter", lambda: query("bpfland_yields_total == 14013"))
        # Two scrapes are needed before anything is a rate.
        wait("rates", lambda: query("rate(bpfland_wake_latency_seconds_count[60s])"))
        # One that took too long takes them all away until the next.
        for expression in expressions():
            wait(f"a result of {expression}", lambda e=expression: query(e))
        metadata = wait("what is known of a metric", lambda: json.loads(
            get("api/v1/metadata?metric=bpfland_wake_latency_seconds", 9090)[2])["data"])
        check(metadata["bpfland_wake_latency_seconds"][0]["type"] == "histogram", f"{metadata}")
    finally:
        server.terminate()
        server.wait(PATIENCE)


def main():
    for program in ("prometheus", "promtool", "systemd-socket-activate", "ip"):
        if not shutil.which(program):
            print(f"skipped: there is no {program}")
            return 77
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    listener = subprocess.Popen(["systemd-socket-activate", "--accept", "--inetd",
                                 f"--listen=127.0.0.1:{PORT}", "-E", "DBUS_SYSTEM_BUS_ADDRESS",
                                 "-E", "ASAN_OPTIONS", CTL, "serve-metrics"],
                                stderr=subprocess.DEVNULL)
    try:
        wait("the socket", lambda: get("metrics"))
        families = the_server_speaks_http()
        promtool_is_content(get("metrics")[2])
        the_dashboard_names_what_there_is(families)
        with tempfile.TemporaryDirectory() as folder:
            prometheus_reads_them(folder)
    finally:
        listener.terminate()
        listener.wait(PATIENCE)
    return 1 if FAILED else 0


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: not root, who alone may have a network of his own")
        sys.exit(77)
    if sys.argv[2:] != ["inside"]:
        os.execvp("unshare", ["unshare", "--net", sys.executable, "-B", *sys.argv[:2], "inside"])
    sys.exit(main())
