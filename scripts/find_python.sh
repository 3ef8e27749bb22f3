# Sourced by ./run and ./test: finds a Python that will do and puts its name in $python.
python=
for candidate in "${PYTHON:-python3}" python3 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    {
        if command -v python3 >/dev/null 2>&1; then
            echo "IMPACT needs Python 3.11 or newer; python3 here is $(python3 -c 'import platform; print(platform.python_version())' 2>/dev/null || echo 'broken')."
        else
            echo "IMPACT needs Python 3.11 or newer, and there is no python3 here."
        fi
        echo "On Debian 12 or newer, as root: apt-get install python3 python3-venv"
        echo "If it has another name, say so: PYTHON=/path/to/python3.12 $0"
    } >&2
    exit 1
fi
