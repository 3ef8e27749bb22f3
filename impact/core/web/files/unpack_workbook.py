"""The child process that reads one uploaded Excel file, started by workbooks.py.

The file comes on standard input; the first sheet's rows go to standard output as JSON. A sheet of 5 kB can claim
17 thousand million cells, and the library then ends its process, so that process is never the web server.
"""

import io
import json
import sys
from datetime import date, datetime
from typing import Any

from impact.core.web.files.reencode_picture import limit

PASSWORD, UNREADABLE, OUT_OF_MEMORY = 3, 4, 5


def plain(cell: Any) -> Any:
    """A cell as JSON holds it: a date as ``{"date": "2022-07-24"}``, numbers as they are, all else as text."""
    if isinstance(cell, date):
        return {"date": (cell.date() if isinstance(cell, datetime) else cell).isoformat()}
    return cell if isinstance(cell, str | int | float) else str(cell)


def main() -> int:
    parent, memory_mb, cpu_seconds, most = (int(word) for word in sys.argv[1:5])
    limit(parent, memory_mb, cpu_seconds)
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        kept: list[tuple[int, list[Any]]] = []
        for line, row in enumerate(book.get_sheet_by_index(0).to_python(skip_empty_area=False), start=1):
            if any(cell != "" for cell in row):
                kept.append((line, [plain(cell) for cell in row]))
            if len(kept) == most:
                break
        sys.stdout.write(json.dumps(kept))
    except python_calamine.PasswordError:
        return PASSWORD
    except (python_calamine.CalamineError, IndexError, ValueError, OSError):
        return UNREADABLE
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main())
