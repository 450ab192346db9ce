# requests, ntptime and umqtt over sockets that are played from a script.
import sys, io, json


class Socket:
    def __init__(self, *args):
        self.out = b""
        self.closed = False
        sockets.append(self)

    def settimeout(self, t):
        pass

    def setblocking(self, b):
        self.blocking = b

    def connect(self, address):
        self.address = address
        self.source = io.BytesIO(answers.pop(0))

    def sendto(self, data, address):
        self.out += data
        self.source = io.BytesIO(answers.pop(0))

    def recv(self, n):
        return self.source.read(n)

    # Few bytes at a time, as a network has it.
    def read(self, n=-1):
        if n < 0:
            return self.source.read()
        if getattr(self, "blocking", True) is False and not self.more():
            return None
        return self.source.read(min(n, 5))

    def more(self):
        at = self.source.tell()
        b = self.source.read(1)
        self.source.seek(at)
        return b

    def readline(self):
        return self.source.readline()

    def write(self, data, n=-1):
        data = bytes(data)
        data = data if len(data) < 100 else data[:100]
        self.out += data
        return len(data)

    def close(self):
        self.closed = True


class Fake:
    AF_INET, SOCK_STREAM, SOCK_DGRAM = 2, 1, 2
    socket = Socket

    def getaddrinfo(self, host, port, *rest):
        return [(2, 1, 0, "", (host, port))]


sockets = []
answers = []
sys.modules["socket"] = Fake()
import requests

answers.append(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\nX: y\r\n\r\n{\"a\": [1, 2]}surplus")
r = requests.get("http://host:81/path?q=1", headers={"User": "me"}, auth=("u", "p"))
print(r.status_code, r.reason, r.headers, r.json(), r.text)
print(sockets[-1].address, sockets[-1].closed)
print(sockets[-1].out.decode())
answers.append(
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nb\r\n, "
    b"chunked!!\r\n0\r\nTrailer: t\r\n\r\n"
)
r = requests.post("http://host", json={"k": "v"})
print(r.content, sockets[-1].out[-10:])
# Redirects: another host does not get the password, and a POST becomes a GET.
answers.append(b"HTTP/1.1 302 Found\r\nLocation: http://other/x\r\n\r\n")
answers.append(b"HTTP/1.0 200\r\n\r\nto the end")
r = requests.post("http://host/a/b", data="body", auth=("u", "p"))
print(r.text, b"Authorization" in sockets[-2].out, b"Authorization" in sockets[-1].out, sockets[-1].out[:12])
answers.append(b"HTTP/1.1 301 \r\nLocation: sub\r\n\r\n")
answers.append(b"HTTP/1.1 204 No Content\r\n\r\n")
r = requests.request("GET", "http://host/a/b?x")
print(repr(r.content), sockets[-1].out.split(b"\r\n")[0])
answers.append(b"HTTP/1.1 200 OK\r\n\r\n")
requests.put("http://host/", data=iter(["ab", b"", b"cde"])).close()
print(sockets[-1].out.split(b"\r\n\r\n", 1)[1])
answers.append(b"HTTP/1.1 200 OK\r\n\r\n")
requests.post("http://host/", data={"a b": "\u00e9&"}).close()
print(sockets[-1].out.split(b"\r\n\r\n", 1)[1], sockets[-1].closed)
for url, answer in (
    ("ftp://x/", b""),
    ("http://x/", b""),
    ("http://x/", b"garbage\r\n\r\n"),
    ("http://x/", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"),
):
    answers[:] = [answer]
    try:
        requests.get(url).content
    except (ValueError, OSError) as er:
        print(type(er), er, sockets[-1].closed)
answers[:] = [b"HTTP/1.1 302 \r\nLocation: /again\r\n\r\n"] * 20
try:
    requests.get("http://x/")
except ValueError as er:
    print(er, all(s.closed for s in sockets[-10:]))
answers.clear()

import ntptime

# A moment of 2024, and a moment after the count starts over in 2036.
answers.append(b"\x1c\x01" + bytes(38) + b"\xe9\x3e\x0d\xa5" + bytes(4))
t = ntptime.time()
import time

print(time.gmtime(t)[:6], sockets[-1].out[:2], sockets[-1].closed)
answers.append(b"\x1c\x01" + bytes(38) + b"\x00\x00\x00\x10" + bytes(4))
print(time.gmtime(ntptime.time())[:6])
for bad in (b"", bytes(48), b"\x1c" + bytes(47)):
    answers.append(bad)
    try:
        ntptime.time()
    except OSError as er:
        print(er)

from umqtt.simple import MQTTClient, MQTTException

got = []
ACK = b"\x20\x02\x00\x00"
answers.append(
    ACK
    + b"\x30\x08\x00\x03topmsg"  # A message while the acknowledgement of subscribe is awaited.
    + b"\x90\x03\x00\x01\x00"
    + b"\x40\x02\x00\x02"
    + b"\x32\x0a\x00\x03top\x00\x07qos"
    + b"\xd0\x00"
)
c = MQTTClient("id", "broker", user="u", password=b"p", keepalive=60)
c.set_callback(lambda t, m: got.append((bytes(t), bytes(m))))
c.set_last_will("will", "gone", retain=True, qos=1)
print(c.connect(), sockets[-1].address)
c.subscribe(b"top/#")
c.publish("topic", "hello", qos=1)
c.publish("topic", b"x" * 300, retain=True)
print(c.wait_msg(), c.check_msg(), c.check_msg(), got)
c.ping()
c.disconnect()
print(sockets[-1].out)
for answer in (b"", b"\x20\x02\x00\x05", b"\x30\x02\x00\x00"):
    answers.append(answer)
    try:
        MQTTClient("id", "broker").connect()
    except (OSError, MQTTException) as er:
        print(type(er), er, sockets[-1].closed)

from umqtt import robust

answers[:] = [ACK, ACK + b"\x30\x05\x00\x01ahi"]
c = robust.MQTTClient("id", "broker")
c.set_callback(lambda t, m: print("again", t, m))
c.delay = lambda i: None
c.connect()
c.wait_msg()



class Tls:
    PROTOCOL_TLS_CLIENT, CERT_NONE = 0, 0

    def SSLContext(self, protocol):
        return self

    def wrap_socket(self, s, server_hostname):
        print("tls", server_hostname)
        return s


sys.modules["tls"] = Tls()
import mip

answers[:] = [
    b"HTTP/1.1 200 OK\r\n\r\n" + json.dumps({"v": 1, "urls": [["a.py", "github:o/r/a.py"]]}).encode(),
    b"HTTP/1.1 404 Not Found\r\n\r\n",
    b"HTTP/1.1 404 Not Found\r\n\r\n",
]
mip.install("github:o/r", target="/nowhere")
mip.install("name", target="/nowhere", index="http://index/")
print([s.out.split(b"\r\n")[0] for s in sockets[-3:]])
