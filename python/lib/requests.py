# HTTP for programs: get, post and the like. A body is read when it is asked for.

import socket


# A body in chunks (RFC 9112, 7.1), as the stream of what it holds.
class _Chunks:
    def __init__(self, s):
        self.s = s
        self.left = 0
        self.ended = False

    def read(self, n=-1):
        data = b""
        while not self.ended and (n < 0 or len(data) < n):
            if self.left == 0:
                self.left = int(self.s.readline().split(b";")[0], 16)
                if self.left == 0:
                    self.ended = True
                    # Trailers, up to the empty line.
                    while self.s.readline().strip():
                        pass
                    break
            part = self.s.read(self.left if n < 0 else min(self.left, n - len(data)))
            if not part:
                raise OSError("connection closed in the middle")
            data += part
            self.left -= len(part)
            if self.left == 0:
                self.s.readline()
        return data

    def readinto(self, buf):
        data = self.read(len(buf))
        buf[: len(data)] = data
        return len(data)

    def close(self):
        self.s.close()


class Response:
    def __init__(self, f):
        self.raw = f
        self.encoding = "utf-8"
        self.headers = {}
        self._content = None
        self._length = None

    def close(self):
        if self.raw:
            self.raw.close()
            self.raw = None
        self._content = None

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc, tb):
        self.close()

    @property
    def content(self):
        if self._content is None:
            try:
                self._content = self._read()
            finally:
                self.raw.close()
                self.raw = None
        return self._content

    def _read(self):
        if self._length is None:
            return self.raw.read()
        data = b""
        while len(data) < self._length:
            part = self.raw.read(self._length - len(data))
            if not part:
                raise OSError("connection closed in the middle")
            data += part
        return data

    @property
    def text(self):
        return str(self.content, self.encoding)

    def json(self):
        import json

        return json.loads(self.content)


def _split(url):
    scheme, _, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    if "?" in place:
        place, _, query = place.partition("?")
        path, slash = "?" + query, "/"
    if scheme == "http":
        port = 80
    elif scheme == "https":
        port = 443
    else:
        raise ValueError("Unsupported protocol: " + scheme)
    host, colon, number = place.partition(":")
    return scheme, host, int(number) if colon else port, "/" + path


def _connect(scheme, host, port, timeout):
    address = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[0]
    s = socket.socket(address[0], socket.SOCK_STREAM, address[2])
    try:
        if timeout is not None:
            s.settimeout(timeout)
        s.connect(address[-1])
        if scheme == "https":
            import tls

            context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
            context.verify_mode = tls.CERT_NONE
            s = context.wrap_socket(s, server_hostname=host)
    except BaseException as er:
        s.close()
        raise er
    return s


def _send(s, method, host, path, headers, data):
    def put(*parts):
        for part in parts:
            s.write(part if isinstance(part, (bytes, bytearray, memoryview)) else part.encode())

    put(method, " ", path, " HTTP/1.1\r\n")
    names = [name.lower() for name in headers]
    if "host" not in names:
        put("Host: ", host, "\r\n")
    for name in headers:
        put(name, ": ", str(headers[name]), "\r\n")
    put("Connection: close\r\n")
    chunked = data is not None and not isinstance(data, (bytes, bytearray, memoryview))
    if chunked:
        put("Transfer-Encoding: chunked\r\n")
    elif data is not None and "content-length" not in names:
        put("Content-Length: %d\r\n" % len(data))
    put("\r\n")
    if chunked:
        for part in data:
            if part:
                if isinstance(part, str):
                    part = part.encode()
                put("%x\r\n" % len(part), part, "\r\n")
        put("0\r\n\r\n")
    elif data is not None:
        put(data)


_REDIRECTS = (301, 302, 303, 307, 308)


def request(
    method, url, data=None, json=None, headers={}, stream=None, auth=None, timeout=None, parse_headers=True
):
    headers = dict(headers)
    if auth is not None:
        import binascii

        user = "%s:%s" % (auth[0], auth[1])
        headers["Authorization"] = "Basic " + binascii.b2a_base64(user.encode(), newline=False).decode()
    if json is not None:
        if data is not None:
            raise ValueError("data and json given")
        import json as _json

        data = _json.dumps(json)
        if "Content-Type" not in headers:
            headers["Content-Type"] = "application/json"
    if isinstance(data, str):
        data = data.encode()
    elif isinstance(data, dict):
        data = "&".join(_quote(k) + "=" + _quote(v) for k, v in data.items()).encode()
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    for _ in range(10):
        scheme, host, port, path = _split(url)
        s = _connect(scheme, host, port, timeout)
        try:
            name = host if port == (443 if scheme == "https" else 80) else "%s:%d" % (host, port)
            _send(s, method, name, path, headers, data)
            response, to = _receive(s, method, parse_headers)
        except BaseException as er:
            s.close()
            raise er
        if to is None:
            return response
        s.close()
        if to.startswith("//"):
            to = scheme + ":" + to
        elif to.startswith("/"):
            to = "%s://%s%s" % (scheme, name, to)
        elif "://" not in to:
            to = "%s://%s%s" % (scheme, name, path.rsplit("/", 1)[0] + "/" + to)
        if _split(to)[1] != host:
            # Another host is not to be told the password.
            headers.pop("Authorization", None)
        url = to
        if response.status_code in (301, 302, 303) and method not in ("GET", "HEAD"):
            method, data = "GET", None
    raise ValueError("too many redirects")


def _receive(s, method, parse_headers):
    line = s.readline()
    words = line.split(None, 2)
    # An answer before the answer.
    while len(words) > 1 and words[1][:1] == b"1":
        while s.readline().strip():
            pass
        words = s.readline().split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/"):
        raise ValueError("HTTP error: BadStatusLine: %r" % line)
    response = Response(s)
    response.status_code = int(words[1])
    response.reason = words[2].rstrip() if len(words) > 2 else ""
    to = None
    while True:
        line = s.readline()
        if not line.strip():
            break
        name, _, value = line.partition(b":")
        name = name.strip().decode()
        value = value.strip().decode()
        low = name.lower()
        if low == "transfer-encoding" and "chunked" in value:
            response.raw = _Chunks(s)
        elif low == "content-length":
            response._length = int(value)
        elif low == "location" and response.status_code in _REDIRECTS:
            to = value
        if parse_headers is True:
            response.headers[name] = value
        elif parse_headers:
            parse_headers(line, response.headers)
    if method == "HEAD" or response.status_code in (204, 304):
        response._length = 0
    if response.raw is not s:
        response._length = None
    return response, to


def _quote(v):
    out = ""
    for b in str(v).encode():
        c = chr(b)
        out += c if c.isalpha() and b < 128 or c.isdigit() or c in "-._~" else "%%%02X" % b
    return out


def head(url, **kw):
    return request("HEAD", url, **kw)


def get(url, **kw):
    return request("GET", url, **kw)


def post(url, **kw):
    return request("POST", url, **kw)


def put(url, **kw):
    return request("PUT", url, **kw)


def patch(url, **kw):
    return request("PATCH", url, **kw)


def delete(url, **kw):
    return request("DELETE", url, **kw)
