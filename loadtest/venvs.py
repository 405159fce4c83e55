"""What tests need of PyPI, each in a folder of its own below .build."""

import os
import subprocess
import venv

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def folder(name):
    return os.path.join(ROOT, ".build", name + "-venv")


def install(name, requirements):
    """`requirements` is a file; what was installed by the same one is kept."""
    with open(requirements) as file:
        wanted = file.read()
    mark = os.path.join(folder(name), "installed")
    if os.path.exists(mark):
        with open(mark) as file:
            if file.read() == wanted:
                return
    venv.create(folder(name), with_pip=True, clear=True)
    pip = os.path.join(folder(name), "bin", "pip")
    subprocess.run([pip, "install", "--quiet", "-r", requirements], check=True)
    with open(mark, "w") as file:
        file.write(wanted)
