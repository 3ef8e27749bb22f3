"""The child process that re-encodes one uploaded picture: ``python -I reencode_picture.py``, started by pictures.py.

The picture comes on standard input; a line with its size and the JPEG go to standard output. It imports nothing of
ours and no Django, limits its own memory and processor time, and dies with its parent.
"""

import ctypes
import io
import json
import os
import resource
import signal
import sys

TOO_MANY_PIXELS, DAMAGED, OUT_OF_MEMORY = 3, 4, 5
EDGE = 2400  # pixels on the longer side of a picture that is kept
PIXELS = 60_000_000  # what a phone's camera makes, and no more
PIXELS_OTHER = 36_000_000  # of a format that, unlike JPEG, is unpacked at its full size: a page scanned at 600 dpi


def limit(parent: int, memory_mb: int, cpu_seconds: int) -> None:
    """No more memory or processor time than this, and no longer than the parent lives."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb * 2**20, memory_mb * 2**20))
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(1)


def main() -> int:
    limit(*(int(word) for word in sys.argv[1:4]))
    from PIL import Image, ImageOps

    data = io.BytesIO(sys.stdin.buffer.read())
    try:
        with Image.open(data, formats=["JPEG", "PNG", "WEBP"]) as opened:
            if opened.width * opened.height > (PIXELS if opened.format == "JPEG" else PIXELS_OTHER):
                return TOO_MANY_PIXELS
            opened.draft("RGB", (EDGE, EDGE))
            whole = opened.convert("RGBA") if opened.mode in ("1", "P", "PA") else opened
            whole.thumbnail((EDGE, EDGE))  # first, because a huge picture is held only once
            turned = ImageOps.exif_transpose(whole).convert("RGBA")
            flat = Image.new("RGB", turned.size, "white")
            flat.paste(turned, mask=turned.getchannel("A"))
    except MemoryError:
        return OUT_OF_MEMORY
    except Image.DecompressionBombError:
        return TOO_MANY_PIXELS
    except (OSError, ValueError, SyntaxError):  # an unknown format is an OSError too
        return DAMAGED
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=85, optimize=True)
    sys.stdout.write(json.dumps({"width": flat.width, "height": flat.height}) + "\n")
    sys.stdout.flush()
    sys.stdout.buffer.write(out.getvalue())
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
