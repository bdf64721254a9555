# Sourced by scripts that have to run on a machine with only sh and Python: makes .venv beside them, once.
# Sets PATH so that lfd is found. Python is python3, or what PYTHON says.

install_lfd() { # install_lfd [EXTRA]
    if [ ! -x .venv/bin/python ]; then
        "${PYTHON:-python3}" -m venv .venv
    fi
    stamp=".venv/installed-${1:-plain}"
    if [ ! -e "$stamp" ] || [ pyproject.toml -nt "$stamp" ] || [ constraints.txt -nt "$stamp" ]; then
        echo "installing lfd into .venv (a few minutes the first time)" >&2
        # torch first, so that the pinned build is taken before anything else asks for one
        .venv/bin/python -m pip install --quiet --disable-pip-version-check "$(grep '^torch==' constraints.txt)"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".${1:+[$1]}"
        touch "$stamp"
    fi
    PATH="$PWD/.venv/bin:$PATH"
    export PATH
}
