"""What the benchmarks measure with: processor time of processes, and wrk as the client."""

import os
import re
import statistics
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids):
    """User and system time of the processes so far, all their threads included."""
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_SECOND


def processor_milliseconds(pids):
    """The same of the threads that are there now, to the nanosecond."""
    nanoseconds = 0
    for pid in pids:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat") as file:
                nanoseconds += int(file.read().split()[0])
    return nanoseconds / 1e6


def peak_bytes(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmHWM:\s+(\d+) kB", file.read())[1]) * 1024


def resident_bytes(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read())[1]) * 1024


def pin(command, cores):
    """The command, kept to the cores; None leaves the choice to the kernel."""
    return command if cores is None else ["taskset", "-c", ",".join(map(str, cores))] + command


def wrk(url, seconds, connections, cores, headers=()):
    """One run of wrk: requests, requests a second and latencies in microseconds."""
    command = ["wrk", "-t", str(min(len(cores), connections)), "-c", str(connections),
               "-d", f"{seconds}s", "-s", os.path.join(HERE, "report.lua")]
    for header in headers:
        command += ["-H", header]
    return client_result(pin(command + [url], cores))


def figures(command):
    """The numbers of a client's RESULT line."""
    output = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT).stdout
    line = re.search(r"RESULT (.*)", output)
    if not line:
        raise SystemExit(f"{command} said nothing to use:\n{output}")
    return {key: float(value) for key, value in re.findall(r"(\w+)=([\d.]+)", line[1])}


def client_result(command):
    """The same of a client of hits; a run with errors is no result."""
    result = figures(command)
    if result["errors"] or result["statuses"] or not result["requests"]:
        raise SystemExit(f"{command} met errors: {result}")
    result["rps"] = result["requests"] / (result["duration_us"] / 1e6)
    return result


def median(values):
    return statistics.median(values)


def table(header, rows):
    """Columns as wide as their widest cell; the first to the left, the others to the right."""
    cells = [header] + rows
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    for row in cells:
        print("  ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                        for column, (cell, width) in enumerate(zip(row, widths))))
