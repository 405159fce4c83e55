"""How renditions of each format look at the configuration's default qualities, or at those given: mean
SSIMULACRA2 next to the lossless rendition of the same size, and bytes, over photos and drawings."""

import os
import shutil
import subprocess
import sys
import tempfile
import venv

from measure import table
from servers import PHOTO_FOLDERS, ROOT, Edge, canonical, photos

VENV = os.path.join(ROOT, ".build", "quality-venv")
FORMATS = ["jpg", "webp", "avif", "jxl"]
SIDES = [320, 640, 1280]
# More than the two and it is another look.
SPREAD = 2

# Reads lines "REFERENCE PICTURE", prints how alike they look, laid on white.
SCORER = """
import sys, tempfile
from PIL import Image
from ssimulacra2 import compute_ssimulacra2
def shown(path, to):
    picture = Image.open(path).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    Image.alpha_composite(white, picture).convert("RGB").save(to, compress_level=1)
    return to
with tempfile.TemporaryDirectory() as folder:
    for line in sys.stdin:
        one, other = (shown(path, f"{folder}/{index}.png") for index, path in enumerate(line.split()))
        print(compute_ssimulacra2(one, other), flush=True)
"""


def scorer():
    mark = os.path.join(VENV, "bin", "ssymulacra2")
    if not os.path.exists(mark):
        venv.create(VENV, with_pip=True, clear=True)
        # From 11.3 on Pillow reads AVIF by itself.
        subprocess.run([os.path.join(VENV, "bin", "pip"), "install", "--quiet", "ssimulacra2==0.3.0",
                        "pillow>=11.3"], check=True)
    return subprocess.Popen([os.path.join(VENV, "bin", "python"), "-c", SCORER], text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def pictures():
    """Each picture once; not what is of inks, which no PNG shows."""
    mate = os.path.dirname(PHOTO_FOLDERS[0])
    found = [photo for photo in photos()
             if "cmyk" not in photo and not photo.endswith(("Elephants.jpg", "_3840x2160.jpg"))]
    found += [path for path in (os.path.join(mate, "desktop", "GreenTraditional.jpg"),
                                os.path.join(PHOTO_FOLDERS[-1], "flower3.png"),
                                os.path.join(PHOTO_FOLDERS[-1], "room16.png")) if os.path.exists(path)]
    drawings = [os.path.join(mate, folder, name) for folder in ("abstract", "desktop")
                for name in sorted(os.listdir(os.path.join(mate, folder))) if name.endswith(".png")]
    return sorted(set(found)), drawings


def fetched(edge, target, path):
    response, content = edge.get(target)
    if response.status != 200:
        raise SystemExit(f"{target}: {response.status} {content[:300]}")
    with open(path, "wb") as file:
        file.write(content)
    return len(content)


class Looks:
    def __init__(self, qualities):
        self.qualities, self.scorer = qualities, scorer()
        self.edge = Edge()
        self.direct = Edge(environment={"POLLEX_CACHE_MASTER_BYTES": "0"})
        self.folder = tempfile.mkdtemp(prefix="pollex-looks-")

    def score(self, reference, path):
        if path.endswith(".jxl"):
            subprocess.run(["djxl", "--quiet", path, path + ".png"], check=True)
            path += ".png"
        self.scorer.stdin.write(f"{reference} {path}\n")
        self.scorer.stdin.flush()
        return float(self.scorer.stdout.readline())

    def of(self, picture, sides):
        """(score, bytes) by format and side."""
        found = {}
        name = self.edge.upload(picture)
        self.direct.upload(picture)
        for side in sides:
            place = f"/thumbs/{side}x{side}/{name}"
            reference = os.path.join(self.folder, "reference.png")
            fetched(self.direct, place + ".png", reference)
            for kind in FORMATS:
                quality = self.qualities.get(kind)
                target = f"{place}.{kind}" + (f"?quality={quality}" if quality else "")
                path = os.path.join(self.folder, "rendition." + kind)
                count = fetched(self.edge, canonical(self.edge, target), path)
                found[kind, side] = self.score(reference, path), count
        return found

    def close(self):
        shutil.rmtree(self.folder)


def compare(qualities, sides=SIDES, every=1):
    looks = Looks(qualities)
    kinds = [group[::every] for group in pictures()]
    found = [[looks.of(picture, sides) for picture in group] for group in kinds]
    looks.close()

    def mean(group, kind, side, index):
        return sum(each[kind, side][index] for each in group) / len(group)
    rows, missed = [], False
    for side in sides:
        scores = {kind: mean(found[0] + found[1], kind, side, 0) for kind in FORMATS}
        sizes = {kind: mean(found[0] + found[1], kind, side, 1) for kind in FORMATS}
        alike = max(scores.values()) - min(scores.values()) <= 2 * SPREAD
        holds = alike and min(scores.values()) >= 70 and min(sizes, key=sizes.get) == "avif"
        missed |= not holds
        for kind in FORMATS:
            rows.append([f"{kind} {side}", *(f"{mean(group, kind, side, 0):.1f}" for group in found),
                         f"{scores[kind]:.1f}", f"{sizes[kind] / 1000:.1f}",
                         "holds" if holds else "MISSED"])
    table(["format, side", "photos", "drawings", "all", "KB", "alike, at 72, AVIF smallest"], rows)
    print(f"{len(kinds[0])} photos and {len(kinds[1])} drawings, SSIMULACRA2, qualities "
          f"{qualities or 'by default'}")
    sys.exit(1 if missed else 0)
