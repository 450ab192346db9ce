# Installs packages: mip.install("name"), from an index, from github:, gitlab: or codeberg:, or from a URL.

import sys
import requests

_INDEX = "https://micropython.org/pi/v2"


def _folders(path):
    import os

    at = path.find("/", 1)
    while at > 0:
        try:
            os.mkdir(path[:at])
        except OSError:
            # It exists, or what follows says why not.
            pass
        at = path.find("/", at + 1)


# Whether the file's SHA-256 begins with these hexadecimal digits.
def _has(path, digits):
    import binascii, hashlib

    try:
        with open(path, "rb") as f:
            h = hashlib.sha256()
            buf = memoryview(bytearray(256))
            while True:
                n = f.readinto(buf)
                if not n:
                    break
                h.update(buf[:n])
    except OSError:
        return False
    return binascii.hexlify(h.digest())[: len(digits)].decode() == digits


_HOSTS = {
    "github:": "https://raw.githubusercontent.com/{}/{}/{}/{}",
    "gitlab:": "https://gitlab.com/{}/{}/-/raw/{}/{}",
    "codeberg:": "https://codeberg.org/{}/{}/raw/branch/{}/{}",
}


def _rewrite(url, branch=None):
    for prefix, form in _HOSTS.items():
        if url.startswith(prefix):
            parts = url[len(prefix) :].split("/", 2)
            if len(parts) < 2:
                raise ValueError("not an owner and a repository: " + url)
            return form.format(parts[0], parts[1], branch or "HEAD", parts[2] if len(parts) > 2 else "")
    return url


def _download(url, to):
    response = requests.get(url)
    try:
        if response.status_code != 200:
            print("Error", response.status_code, "requesting", url)
            return False
        _folders(to)
        print("Copying:", to)
        # Under another name until it is whole.
        part = to + ".part"
        with open(part, "wb") as f:
            left = response._length
            while left is None or left > 0:
                data = response.raw.read(256 if left is None else min(256, left))
                if not data:
                    break
                f.write(data)
                if left is not None:
                    left -= len(data)
        import os

        if left:
            os.remove(part)
            print("Incomplete:", url)
            return False
        try:
            os.remove(to)
        except OSError:
            pass
        os.rename(part, to)
        return True
    finally:
        response.close()


def _json(url):
    response = requests.get(url)
    try:
        if response.status_code != 200:
            print("Package not found:", url)
            return None
        return response.json()
    finally:
        response.close()


def _package(url, index, target, version, mpy):
    package = _json(_rewrite(url, version))
    if package is None:
        return False
    for path, digits in package.get("hashes", ()):
        to = target + "/" + path
        if _has(to, digits):
            print("Exists:", to)
        elif not _download("{}/file/{}/{}".format(index, digits[:2], digits), to):
            return False
    base = url.rsplit("/", 1)[0]
    for path, source in package.get("urls", ()):
        if "://" not in source and ":" not in source.split("/", 1)[0]:
            source = base + "/" + source
        if not _download(_rewrite(source, version), target + "/" + path):
            return False
    for name, wanted in package.get("deps", ()):
        if not _install(name, index, target, wanted, mpy):
            return False
    return True


def _install(name, index, target, version, mpy):
    if name.startswith(("http://", "https://")) or any(name.startswith(h) for h in _HOSTS):
        if name.endswith((".py", ".mpy")):
            print("Downloading {} to {}".format(name, target))
            return _download(_rewrite(name, version), target + "/" + name.rsplit("/", 1)[-1])
        if not name.endswith(".json"):
            name = name.rstrip("/") + "/package.json"
        print("Installing {} to {}".format(name, target))
    else:
        version = version or "latest"
        print("Installing {} ({}) from {} to {}".format(name, version, index, target))
        kind = getattr(sys.implementation, "_mpy", 0) & 0xFF if mpy else 0
        name = "{}/package/{}/{}/{}.json".format(index, kind or "py", name, version)
    return _package(name, index, target, version, mpy)


def install(package, index=None, target=None, version=None, mpy=True):
    if not target:
        for folder in sys.path:
            if folder.endswith("/lib") and not folder.startswith("/rom"):
                target = folder
                break
        else:
            print("Unable to find lib dir in sys.path")
            return
    if "@" in package and version is None:
        package, version = package.rsplit("@", 1)
    if _install(package, (index or _INDEX).rstrip("/"), target, version, mpy):
        print("Done")
    else:
        print("Package may be partially installed")
